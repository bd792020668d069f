// SPDX-License-Identifier: GPL-2.0-or-later
// Whom the resolver serves, and where.
#include <algorithm>

#include "gateway/gateway.hpp"
#include "kernel/observe.hpp"

namespace sluice {
namespace {

void add_place(ServedZone& zone, const IpAddress& address, const std::string& device) {
  const ListenPlace place{address, device};
  if (!address.is_link_local() && std::ranges::find(zone.places, place) == zone.places.end())
    zone.places.push_back(place);
}

// The addresses that the document gives it, and others that it has.
void add_places(ServedZone& zone, const Interface& interface, const Observed& seen) {
  for (const InterfaceAddress& own : interface.addresses) add_place(zone, own.address, interface.name);
  const auto link = seen.links.find(interface.name);
  if (link == seen.links.end()) return;
  for (const ObservedAddress& other : link->second.addresses)
    add_place(zone, other.address.address, interface.name);
}

}   // namespace

void Gateway::note_resolver(ResolverNews news) {
  for (const std::string& trouble : resolver_news_.troubles) std::erase(degraded_, trouble);
  resolver_news_ = std::move(news);
  degraded_.insert(degraded_.end(), resolver_news_.troubles.begin(), resolver_news_.troubles.end());
}

Result<ResolverOrder> Gateway::resolver_order() {
  ResolverOrder order;
  if (!current_) return order;
  const Document& document = current_->document;
  order.settings = document.resolver;
  if (std::ranges::none_of(document.zones, &Zone::dns)) return order;
  const Observed seen = TRY(observe_network());
  for (const Zone& zone : document.zones) {
    if (!zone.dns) continue;
    ServedZone served{.name = zone.name, .places = {}, .names = names_of_zone(document, zone.name)};
    for (const Interface& interface : document.interfaces)
      if (interface.zone == zone.name && seen.links.contains(interface.name))
        add_places(served, interface, seen);
    std::ranges::sort(served.places);
    order.zones.push_back(std::move(served));
  }
  return order;
}

}   // namespace sluice
