// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/relay_calls.hpp"

#include <algorithm>

namespace sluice {
namespace {

using std::chrono::seconds;

constexpr seconds kFirstHold{15}, kLastHold{900};
constexpr seconds kSoonAgain{60};   // UDP that fails so soon after it was heard again is not to be trusted
constexpr seconds kTurnAtMost{3};   // the device may have gone back to where it was heard late

Endpoint loopback(uint16_t port) { return {*IpAddress::parse("127.0.0.1"), port}; }

}   // namespace

RelayWay::RelayWay(bool by_tcp, Clock::time_point now)
    : by_tcp_(by_tcp),
      pause_(kFirstHold),
      hold_(now + kFirstHold),
      turned_(now),
      returned_(now - kSoonAgain) {}

bool RelayWay::wants_call(const Seen& seen) const {
  return !leaves_ && (by_tcp_ || seen.health == Health::kDown);
}

RelayWay::Turn RelayWay::decide(const Seen& seen, Clock::time_point now) {
  if (by_tcp_) return decide_by_tcp(seen, now);
  if (seen.health != Health::kDown || !seen.call || !seen.call->connected) return Turn::kStay;
  by_tcp_ = true;
  pause_ = now - returned_ < kSoonAgain ? std::min(2 * pause_, kLastHold) : kFirstHold;
  hold_ = now + pause_;
  go_to(seen.call->port, now);
  return Turn::kToTcp;
}

// What comes late by TLS would call the device back there: so that ends before.
RelayWay::Turn RelayWay::decide_by_tcp(const Seen& seen, Clock::time_point now) {
  if (leaves_) {
    if (seen.call) return Turn::kStay;
    by_tcp_ = leaves_ = false;
    returned_ = now;
    go_to(0, now);
    return Turn::kToUdp;
  }
  if (!seen.call) return Turn::kStay;
  if (seen.call->udp_answers && (now >= hold_ || !seen.call->connected)) {
    leaves_ = true;
    return Turn::kStay;
  }
  const bool is_lost = seen.health == Health::kDown && now - turned_ >= kTurnAtMost;
  if (!seen.call->connected || (seen.call->port == port_ && !is_lost)) return Turn::kStay;
  go_to(seen.call->port, now);
  return Turn::kToTcp;
}

void RelayWay::go_to(uint16_t port, Clock::time_point now) {
  port_ = port;
  turned_ = now;
}

RelayWay::Seen RelayCalls::seen(const std::string& relay, const Healths& healths) const {
  RelayWay::Seen seen;
  if (const auto health = healths.find(relay); health != healths.end()) seen.health = health->second;
  const auto call = std::ranges::find(news_.calls, relay, &RelayTcpCallNews::name);
  if (call != news_.calls.end()) seen.call = *call;
  return seen;
}

std::vector<RelayCalls::Turn> RelayCalls::decide(const Document& document, const Healths& healths,
                                                 RelayWay::Clock::time_point now) {
  std::vector<Turn> turns;
  for (const UsedRelay& relay : document.reachability->relays) {
    const auto way = ways_.find(relay.name);
    if (way == ways_.end()) continue;
    switch (way->second.decide(seen(relay.name, healths), now)) {
      case RelayWay::Turn::kStay: break;
      case RelayWay::Turn::kToTcp: turns.push_back({relay.name, loopback(way->second.port()), true}); break;
      case RelayWay::Turn::kToUdp: turns.push_back({relay.name, relay.dial, false}); break;
    }
  }
  return turns;
}

RelayTcpOrder RelayCalls::order(const Document& document, const Healths& healths) const {
  RelayTcpOrder order;
  if (document.relay && document.relay->tcp)
    order.listen = RelayTcpListen{*document.relay->tcp, document.relay->port};
  if (!document.reachability) return order;
  for (const UsedRelay& relay : document.reachability->relays) {
    const auto way = ways_.find(relay.name);
    if (way != ways_.end() && relay.tls && way->second.wants_call(seen(relay.name, healths)))
      order.calls.push_back({relay.name, *relay.tls});
  }
  return order;
}

void RelayCalls::settle(Document& document) const {
  if (!document.reachability) return;
  for (UsedRelay& relay : document.reachability->relays) {
    const auto way = ways_.find(relay.name);
    relay.by_tcp = way != ways_.end() && way->second.port();
    const auto interface = std::ranges::find(document.interfaces, relay.device, &Interface::name);
    auto* made = interface == document.interfaces.end() ? nullptr : std::get_if<Wireguard>(&interface->made);
    if (!made || !relay.tls) continue;
    for (auto& [key, peer] : made->tunnel.peers)
      peer.dial = relay.by_tcp ? loopback(way->second.port()) : relay.dial;
  }
}

}   // namespace sluice
