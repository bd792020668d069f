// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/reach_follower.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "reach/lead.hpp"
#include "reach/lifetime_probe.hpp"
#include "reach/process.hpp"
#include "reach/wire.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr milliseconds kLongestGivingBack{2'500};

// As often as the NAT asks for, where that was found out.
std::optional<seconds> keepalive_in(const ReachNews& news) {
  std::optional<seconds> least;
  for (const PortNews& port : news.ports)
    if (port.seen.lifetime && (!least || *port.seen.lifetime < *least)) least = port.seen.lifetime;
  return least ? std::optional(keepalive_for(*least)) : std::nullopt;
}

// With the keepalive that suits the NAT. None: nobody has to look after it.
std::optional<Tunnel> tended(const Tunnel& planned, const ReachNews& news, std::optional<seconds> keepalive) {
  bool is_tended = std::ranges::any_of(
      news.paths, [&](const PathNews& path) { return path.place && path.port == planned.port; });
  Tunnel tunnel = planned;
  for (auto& [key, peer] : tunnel.peers) {
    if (!peer.keepalive_by_nat) continue;
    peer.keepalive = keepalive.value_or(peer.keepalive);
    is_tended = true;
  }
  return is_tended ? std::optional(std::move(tunnel)) : std::nullopt;
}

// Whether one was led. None: there is nothing to look after.
Result<std::optional<bool>> lead_tunnels(const Document& document, const ReachNews& news,
                                         std::optional<seconds> keepalive) {
  std::optional<bool> has_changed;
  for (const Interface& interface : document.interfaces) {
    const auto* made = std::get_if<Wireguard>(&interface.made);
    const auto tunnel = made ? tended(made->tunnel, news, keepalive) : std::nullopt;
    if (!tunnel) continue;
    const auto led = TRY_TO(interface.name, lead_tunnel(interface.name, *tunnel, news.paths));
    has_changed = has_changed.value_or(false) || !led.empty();
    for (const PathNews& path : led)
      spdlog::info("the tunnel \"{}\" sends to {} ({})", interface.name, to_string(*path.place),
                   to_string(path.kind));
  }
  return has_changed;
}

// Until the other end is closed.
void await_end_of(int socket, milliseconds longest) {
  const auto latest = std::chrono::steady_clock::now() + longest;
  std::array<char, 4096> words{};
  while (true) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(latest - std::chrono::steady_clock::now()).count();
    pollfd waits{.fd = socket, .events = POLLIN, .revents = 0};
    if (left <= 0 || ::poll(&waits, 1, static_cast<int>(left)) <= 0) return;
    if (::recv(socket, words.data(), words.size(), MSG_DONTWAIT) == 0) return;
  }
}

}   // namespace

ReachFollower::ReachFollower(asio::io_context& io, Gateway& gateway)
    : gateway_(gateway),
      link_(io, kLongestReachLine,
            {.start = [this] { return start_reach_process(gateway_.paths().pins.filename().string()); },
             .next = [this] { return next(); },
             .heed = [this](const std::string& line) { return heed(line); },
             .forget = [this] { sent_.clear(); },
             .lost = [this](const std::string& why) { lose(why); },
             .again = [this] { look_again(); },
             .ended = "the process has ended"}),
      lead_(io) {}

// While rules run that nobody knows the document of, what they had goes on.
void ReachFollower::look_again() {
  if (gateway_.held() || gateway_.blocked()) return;
  const auto& current = gateway_.current();
  const auto order = gateway_.reach().order(current ? &current->document : nullptr);
  if (!order) return spdlog::error("find out how the gateway is reached: {}", order.error().message);
  if (order->ports.empty() && order->to_return.empty()) return stop();
  wanted_ = encode_reach_order(*order);
  link_.run();
}

void ReachFollower::stop() {
  wanted_.clear();
  link_.end();
  gateway_.note_reach({});
  if (keepalive_) lead();   // tunnels are told what they were planned with
  lead_.cancel();
}

void ReachFollower::give_back() {
  const ReachOrder order = gateway_.reach().order_to_end();
  if (!link_.runs() || order.to_return.empty()) return;
  HelperLink::Socket& socket = link_.socket();
  error_code error;
  socket.non_blocking(false, error);
  asio::write(socket, asio::buffer(encode_reach_order(order)), error);
  socket.shutdown(HelperLink::Socket::shutdown_send, error);
  await_end_of(socket.native_handle(), kLongestGivingBack);
  stop();
}

void ReachFollower::lose(const std::string& why) {
  ReachNews news;
  news.troubles = {"nobody is asked how the gateway is reached: " + why};
  gateway_.note_reach(std::move(news));
}

Result<> ReachFollower::heed(const std::string& line) {
  ReachNews news = TRY(decode_reach_news(line));
  const bool returned = !news.returned.empty();
  gateway_.note_reach(std::move(news));
  if (returned) look_again();
  lead();
  return {};
}

void ReachFollower::lead() {
  lead_.cancel();
  const auto& current = gateway_.current();
  if (!current) return;
  const ReachNews& news = gateway_.reach().news();
  const auto keepalive = keepalive_in(news);
  if (std::exchange(keepalive_, keepalive) != keepalive && keepalive)
    spdlog::info("the NAT on the way keeps what is used every {}", format_duration(*keepalive));
  const auto led = lead_tunnels(current->document, news, keepalive);
  const std::string trouble = led ? "" : led.error().message;
  if (!trouble.empty() && trouble != lead_trouble_) spdlog::error("lead a tunnel by its path: {}", trouble);
  lead_trouble_ = trouble;
  if (led && !*led) return;
  lead_.expires_after(lead_pause(led && **led));
  lead_.async_wait([this](const error_code& error) {
    if (!error) lead();
  });
}

std::string ReachFollower::next() { return std::exchange(sent_, wanted_) == wanted_ ? "" : wanted_; }

}   // namespace sluice
