// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/relay_tcp_follower.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "relay_tcp/process.hpp"
#include "relay_tcp/wire.hpp"

namespace sluice {

using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kLookAtRelays{100};   // whether they are heard; costs nothing

bool may_be_carried(const Document& document) {
  const bool listens = document.relay && document.relay->tcp;
  return listens || (document.reachability &&
                     std::ranges::any_of(document.reachability->relays,
                                         [](const UsedRelay& one) { return one.tls.has_value(); }));
}

}   // namespace

RelayTcpFollower::RelayTcpFollower(boost::asio::io_context& io, Gateway& gateway)
    : gateway_(gateway),
      link_(io, kLongestRelayTcpLine,
            {.start = [this] { return start_relay_tcp_process(gateway_.paths().pins.filename().string()); },
             .next = [this] { return std::exchange(sent_, wanted_) == wanted_ ? "" : wanted_; },
             .heed = [this](const std::string& line) { return heed(line); },
             .forget = [this] { sent_.clear(); },
             .lost = [this](const std::string& why) { lose(why); },
             .again = [this] { look_again(); }}),
      timer_(io) {}

void RelayTcpFollower::look_again() {
  timer_.cancel();
  const auto& current = gateway_.current();
  if (!current || !may_be_carried(current->document)) return carry_nothing();
  const RelayTcpOrder order = gateway_.carry_relays();
  if (!order.listen && order.calls.empty() && gateway_.reach().calls().news().calls.empty())
    carry_nothing();
  else {
    wanted_ = encode_relay_tcp_order(order);
    link_.run();
  }
  await_look();
}

void RelayTcpFollower::await_look() {
  if (!gateway_.current()->document.reachability) return;
  timer_.expires_after(kLookAtRelays);
  timer_.async_wait([this](const error_code& error) {
    if (!error) look_again();
  });
}

void RelayTcpFollower::stop() {
  timer_.cancel();
  carry_nothing();
}

void RelayTcpFollower::carry_nothing() {
  wanted_.clear();
  link_.end();
  gateway_.note_relay_tcp({});
}

void RelayTcpFollower::tell_troubles(const RelayTcpNews& before) const {
  const RelayTcpNews& now = gateway_.reach().calls().news();
  for (const std::string& trouble : now.troubles)
    if (std::ranges::find(before.troubles, trouble) == before.troubles.end()) spdlog::error("{}", trouble);
  for (const RelayTcpCallNews& call : now.calls) {
    const auto known = std::ranges::find(before.calls, call.name, &RelayTcpCallNews::name);
    if (!call.trouble.empty() && (known == before.calls.end() || known->trouble != call.trouble))
      spdlog::warn("relay \"{}\" over TLS: {}", call.name, call.trouble);
  }
}

Result<> RelayTcpFollower::heed(const std::string& line) {
  RelayTcpNews news = TRY(decode_relay_tcp_news(line));
  const RelayTcpNews before = gateway_.reach().calls().news();
  gateway_.note_relay_tcp(std::move(news));
  tell_troubles(before);
  look_again();
  return {};
}

void RelayTcpFollower::lose(const std::string& why) {
  RelayTcpNews news;
  news.troubles = {"nothing is carried over TLS: " + why};
  const RelayTcpNews before = gateway_.reach().calls().news();
  gateway_.note_relay_tcp(std::move(news));
  tell_troubles(before);
}

}   // namespace sluice
