// SPDX-License-Identifier: GPL-2.0-or-later
// What the name of the gateway is to lead to.
#include <algorithm>

#include "gateway/gateway.hpp"
#include "gateway/reach_view.hpp"
#include "gateway/relay_health.hpp"
#include "kernel/observe.hpp"
#include "kernel/resolv_conf.hpp"
#include "model/domains.hpp"

namespace sluice {
namespace {

// Addresses of the internet that the interface has itself.
void add_own(const Document& document, const Observed& seen, OutsideSpot& spot) {
  ReachOrder own{.device = document.reachability->interface};
  (void)find_routers(seen, own);   // without routes the first addresses count
  if (!spot.ipv4 && own.local && is_of_internet(*own.local)) spot.ipv4 = own.local;
  if (!spot.ipv6 && own.local6 && is_of_internet(*own.local6)) spot.ipv6 = own.local6;
}

const UsedRelay* relay_in_use(const Document& document, const HealthBook& health) {
  const auto& relays = document.reachability->relays;
  const auto told = std::ranges::find(relays, true, &UsedRelay::in_use);
  if (told == relays.end() || !told->at) return nullptr;
  const KnownHealth* known = health.find(relay_target_name(told->name));
  return known && known->state == Health::kUp ? &*told : nullptr;
}

void put(OutsideSpot& spot, const Endpoint& place) {
  (place.address.is_ipv4() ? spot.ipv4 : spot.ipv6) = place.address;
  spot.port = place.port;
}

// Of the first network that has a port. A relay comes before what is only likely, and after what is proven.
OutsideSpot outside_spot(const Document& document, const Observed& seen, const ReachKeeper& reach,
                         const HealthBook& health) {
  OutsideSpot spot;
  const auto has_port = [](const Network& network) { return network.port.has_value(); };
  const auto first = std::ranges::find_if(document.networks, has_port);
  if (first != document.networks.end()) spot.port = *first->port;
  const PortNews* news = reach.news_of(spot.port);
  const UsedRelay* relay = news && direct_place(*news) ? nullptr : relay_in_use(document, health);
  if (relay) {
    put(spot, *relay->at);
    return spot;
  }
  if (const auto place = news ? likely_place(*news) : std::nullopt) put(spot, *place);
  add_own(document, seen, spot);
  return spot;
}

}   // namespace

void Gateway::keep_name() {
  const auto dns = current_ && current_->document.reachability ? current_->document.reachability->dynamic_dns
                                                               : std::nullopt;
  if (!dns) return name_.want(std::nullopt);
  const auto seen = observe_network();
  if (!seen) return;   // the next look finds it
  FollowedSpot followed{*dns, outside_spot(current_->document, *seen, reach_, health_),
                        current_->document.resolver.upstreams};
  if (followed.resolvers.empty()) followed.resolvers = name_servers_of_machine();
  name_.want(std::move(followed));
}

void Gateway::note_reach(ReachNews news) {
  reach_.note(std::move(news));
  keep_name();
}

}   // namespace sluice
