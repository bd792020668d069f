// SPDX-License-Identifier: GPL-2.0-or-later
#include "connect/connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <utility>

#include "base/file.hpp"
#include "connect/wg_quick.hpp"
#include "kernel/wireguard/wireguard.hpp"
#include "path/path_key.hpp"
#include "reach/lead.hpp"
#include "reach/process.hpp"
#include "reach/wire.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds kLookAgain{2'000};

// As the device is, with what each peer is called at.
Tunnel settled(const ObservedTunnel& seen) {
  Tunnel tunnel = seen.tunnel;
  for (auto& [key, peer] : tunnel.peers)
    if (const auto state = seen.states.find(key); state != seen.states.end())
      peer.dial = state->second.endpoint;
  return tunnel;
}

}   // namespace

Result<std::unique_ptr<Connection>> Connection::of(asio::io_context& io, const ConnectFile& file, Say say) {
  const auto seen = TRY(read_tunnel(file.name));
  if (!seen) return fail(fmt::format("wg-quick made no \"{}\"", file.name));
  Tunnel tunnel = settled(*seen);
  if (std::ranges::none_of(tunnel.peers, [](const auto& one) { return one.second.dial.has_value(); }))
    return fail("the tunnel calls nobody: the other end has no address that it could be called at");
  return std::unique_ptr<Connection>(new Connection(io, file, std::move(tunnel), std::move(say)));
}

Connection::Connection(asio::io_context& io, ConnectFile file, Tunnel tunnel, Say say)
    : file_(std::move(file)),
      tunnel_(std::move(tunnel)),
      say_(std::move(say)),
      link_(io, kLongestReachLine,
            {.start = [this] { return start_reach_process("connect-" + file_.name); },
             .next = [this] { return std::exchange(sent_, wanted_) == wanted_ ? "" : wanted_; },
             .heed = [this](const std::string& line) { return heed(line); },
             .forget = [this] { sent_.clear(); },
             .lost = [this](const std::string& why) { say_("nobody looks for a better way: " + why); },
             .again = [this] { link_.run(); },
             .ended = "the process has ended"}),
      look_(io),
      lead_(io) {
  look();
}

// A laptop goes from one network to the next.
void Connection::look() {
  const auto called =
      std::ranges::find_if(tunnel_.peers, [](const auto& one) { return one.second.dial.has_value(); });
  const auto way = find_way_out(called->second.dial->address, tunnel_.mark);
  way_ = way ? *way : std::nullopt;
  const std::string trouble = way_ ? "" : "no network leads to the other end";
  if (trouble != trouble_ && !trouble.empty()) say_(trouble);
  trouble_ = trouble;
  if (way_) {
    wanted_ = encode_reach_order(order());
    link_.run();
  }
  look_.expires_after(kLookAgain);
  look_.async_wait([this](const error_code& error) {
    if (!error) look();
  });
}

ReachOrder Connection::order() const {
  ReachOrder order;
  order.device = way_->device;
  order.index = way_->index;
  order.local = way_->local;
  order.local6 = way_->local6;
  order.stun = file_.stun;
  order.ports.push_back({.port = tunnel_.port});
  for (const auto& [public_key, peer] : tunnel_.peers) {
    const auto key = path_key(tunnel_.private_key, public_key);
    if (!key || !peer.dial) continue;
    order.paths.push_back(path_order_to(peer, tunnel_.port, *key));
    order.paths.back().relays = file_.relays;
  }
  return order;
}

Result<> Connection::heed(const std::string& line) {
  paths_ = TRY(decode_reach_news(line)).paths;
  lead();
  tell();
  return {};
}

void Connection::lead() {
  lead_.cancel();
  const auto led = lead_tunnel(file_.name, tunnel_, paths_);
  if (!led) say_(led.error().message);
  lead_.expires_after(lead_pause(led && !led->empty()));
  lead_.async_wait([this](const error_code& error) {
    if (!error) lead();
  });
}

void Connection::tell() {
  std::string now;
  for (const PathNews& path : paths_)
    if (path.place)
      now += fmt::format("{}{}: {}", now.empty() ? "" : ", ", to_string(path.kind), to_string(*path.place));
  if (std::exchange(told_, now) != now) say_(now.empty() ? "no answer" : now);
}

Result<> run_connection(const std::string& path) {
  const auto text = read_file(path, kMostConnectFileBytes);
  if (!text) return std::unexpected(text.error());
  const ConnectFile file = TRY_TO(path, parse_connect_file(*text));
  QuickTunnel tunnel = TRY_TO("make the tunnel", QuickTunnel::up(file.name, file.tunnel));
  asio::io_context io{1};
  asio::signal_set ends(io, SIGINT, SIGTERM, SIGHUP);
  ends.async_wait([&](const error_code&, int) { io.stop(); });
  std::signal(SIGPIPE, SIG_IGN);
  {
    const auto connection = Connection::of(io, file, [](const std::string& line) {
      std::printf("%s\n", line.c_str());
      std::fflush(stdout);
    });
    if (!connection) {
      (void)!tunnel.down().has_value();   // the failure before it is told
      return std::unexpected(connection.error());
    }
    io.run();
  }
  TRY_TO("take the tunnel down", tunnel.down());
  return {};
}

}   // namespace sluice
