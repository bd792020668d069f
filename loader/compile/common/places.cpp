// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/common/places.hpp"

#include "model/routing.hpp"

namespace sluice {

Places::Places(const Document& document, const std::vector<PlannedLink>& links)
    : document_(document), links_(links) {
  for (const PlannedLink& link : links) by_name_.emplace(link.wanted->name, &link);
}

const PlannedLink* Places::link_of(const IpAddress& address, uint16_t vrf) const {
  const PlannedLink* by_network = nullptr;
  for (const PlannedLink& link : links_) {
    if (vrf_number(document_, link.wanted->vrf) != vrf) continue;
    for (const InterfaceAddress& own : link.addresses) {
      if (own.address == address) return &link;
      if (!by_network && Prefix::of(own).contains(address)) by_network = &link;
    }
  }
  return by_network;
}

uint16_t Places::vrf_of(const IpAddress& address) const {
  if (link_of(address, SL_MAIN_VRF)) return SL_MAIN_VRF;
  for (const Vrf& vrf : document_.vrfs)
    if (link_of(address, vrf.table)) return vrf.table;
  return SL_MAIN_VRF;
}

// An address listens where it is, and in the main VRF if nobody has it.
std::vector<Places::Listener> Places::listeners_of(const Forward& forward) const {
  if (const auto* address = std::get_if<IpAddress>(&forward.listen)) return {{*address, vrf_of(*address)}};
  std::vector<Listener> listeners;
  const auto link = by_name_.find(std::get<std::string>(forward.listen));
  if (link == by_name_.end()) return listeners;
  for (const InterfaceAddress& own : link->second->addresses)
    if (own.address.family() == forward.to.family() && !own.address.is_link_local())
      listeners.push_back({own.address, vrf_number(document_, link->second->wanted->vrf)});
  return listeners;
}

}   // namespace sluice
