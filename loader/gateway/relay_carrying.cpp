// SPDX-License-Identifier: GPL-2.0-or-later
// What the gateway does for tunnels to relays that go over TLS.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "gateway/gateway.hpp"
#include "kernel/wireguard/wireguard.hpp"

namespace sluice {
namespace {

const Wireguard* device_of(const UsedRelay& relay, const Document& document) {
  const auto at = std::ranges::find(document.interfaces, relay.device, &Interface::name);
  return at == document.interfaces.end() ? nullptr : std::get_if<Wireguard>(&at->made);
}

// A daemon before this one may have left it so.
bool goes_over_tls(const UsedRelay& relay) {
  const auto seen = read_tunnel(relay.device);
  return seen && *seen && std::ranges::any_of((*seen)->states, [](const auto& one) {
           return one.second.endpoint && one.second.endpoint->address.is_loopback();
         });
}

Result<> call_at(const UsedRelay& relay, const Document& document, const Endpoint& to) {
  const Wireguard* device = device_of(relay, document);
  if (!device) return fail("its device is gone");
  TunnelChange change;
  for (const auto& [key, peer] : device->tunnel.peers) {
    change.changed.push_back(peer);
    change.changed.back().dial = to;
  }
  return change_tunnel(relay.device, change);
}

RelayCalls::Healths healths_of(const Document& document, const HealthBook& book) {
  RelayCalls::Healths healths;
  for (const UsedRelay& relay : document.reachability->relays)
    if (const KnownHealth* known = book.find(relay_target_name(relay.name)))
      healths.emplace(relay.name, known->state);
  return healths;
}

void meet_relays(const Document& document, RelayCalls& calls) {
  for (const UsedRelay& relay : document.reachability->relays)
    if (!relay.tls)
      calls.forget(relay.name);
    else if (!calls.knows(relay.name))
      calls.add(relay.name, goes_over_tls(relay));
}

void tell_turn(const RelayCalls::Turn& turn) {
  if (turn.by_tcp)
    spdlog::warn("relay \"{}\" is called over TLS: UDP does not get through", turn.relay);
  else
    spdlog::info("relay \"{}\" is called by UDP again", turn.relay);
}

}   // namespace

RelayTcpOrder Gateway::carry_relays() {
  if (!current_) return {};
  Document& document = current_->document;
  RelayCalls& calls = reach_.calls();
  if (!document.reachability) return calls.order(document, {});
  meet_relays(document, calls);
  const auto healths = healths_of(document, health_);
  for (const RelayCalls::Turn& turn : calls.decide(document, healths, RelayWay::Clock::now())) {
    const UsedRelay& relay = *std::ranges::find(document.reachability->relays, turn.relay, &UsedRelay::name);
    if (const auto called = call_at(relay, document, turn.to); !called) {
      spdlog::error("relay \"{}\": {}", relay.name, called.error().message);
      calls.forget(relay.name);
    } else if (turn.by_tcp != relay.by_tcp) {   // otherwise it is called anew, as before
      tell_turn(turn);
    }
  }
  calls.settle(document);
  return calls.order(document, healths);
}

void Gateway::note_relay_tcp(RelayTcpNews news) {
  RelayCalls& calls = reach_.calls();
  for (const std::string& trouble : calls.news().troubles) std::erase(degraded_, trouble);
  calls.note(std::move(news));
  const auto& troubles = calls.news().troubles;
  degraded_.insert(degraded_.end(), troubles.begin(), troubles.end());
}

}   // namespace sluice
