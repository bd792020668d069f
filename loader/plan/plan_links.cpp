// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan_links.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/queues.hpp"

namespace sluice {
namespace {

constexpr uint64_t kAddressesOfOneRule = 256;   // more are routed to the gateway, not put on it

void add_unique(std::vector<InterfaceAddress>& list, const InterfaceAddress& address) {
  if (std::find(list.begin(), list.end(), address) == list.end()) list.push_back(address);
}

using Answered = std::vector<AddressRange>;

// The outside addresses that rules answer for: listening, static, pools.
Answered answered_addresses(const Document& document) {
  Answered ranges;
  for (const Forward& forward : document.forwards)
    if (const auto* address = std::get_if<IpAddress>(&forward.listen)) ranges.push_back({*address, *address});
  for (const StaticMapping& mapping : document.static_mappings)
    ranges.push_back({mapping.outside.address, mapping.outside.last()});
  for (const Masquerade& masquerade : document.masquerades)
    ranges.insert(ranges.end(), masquerade.addresses.begin(), masquerade.addresses.end());
  for (const Nat64& nat64 : document.nat64)
    ranges.insert(ranges.end(), nat64.source.addresses.begin(), nat64.source.addresses.end());
  return ranges;
}

// Put there for one of them, and not for a network.
bool is_answered(const Answered& answered, const InterfaceAddress& address) {
  return address.length == address.address.bits() &&
         std::ranges::any_of(answered,
                             [&](const AddressRange& one) { return one.contains(address.address); });
}

// Wanted first, so that the document's first address is the one that masquerade uses. Those that move are
// taken for there also at a node that is not active: so nothing of the rules is another when it becomes that.
std::vector<InterfaceAddress> addresses_after(const Interface& wanted, const ObservedLink& link,
                                              const Observed& observed, const Answered& answered) {
  std::vector<InterfaceAddress> after = wanted.addresses;
  after.insert(after.end(), wanted.own_addresses.begin(), wanted.own_addresses.end());
  for (const ObservedAddress& seen : link.addresses)
    if (!observed.owned_addresses.contains({link.name, seen.address}) &&
        !(wanted.moves && is_answered(answered, seen.address)))
      add_unique(after, seen.address);
  return after;
}

// Neighbours ask for these addresses by ARP and neighbour discovery: the kernel answers once it has them.
class Translated {
 public:
  explicit Translated(std::vector<PlannedLink>& links) {
    for (const bool in_main :
         {true, false})   // where two VRFs have the network, the main one has the address
      for (PlannedLink& link : links)
        if (link.wanted->vrf.empty() == in_main) add_networks(link);
  }

  void add(const AddressRange& range, Plan& plan) {
    if (range.size() > kAddressesOfOneRule) {
      plan.notes.push_back(fmt::format("{}: more than {} addresses, so they must be routed to this gateway",
                                       range.to_string(), kAddressesOfOneRule));
      return;
    }
    for (uint64_t i = 0; i < range.size(); ++i) put(range.first.plus(i));
  }

 private:
  void add_networks(PlannedLink& link) {
    for (const InterfaceAddress& own : link.addresses) {
      own_.insert({link.wanted->vrf, own.address});
      // Of nodes that all have it none answers on a wire: it is led to them.
      if (!link.wanted->shared) networks_.emplace_back(Prefix::of(own), &link);
    }
  }

  void put(const IpAddress& address) {
    const auto network = std::find_if(networks_.begin(), networks_.end(),
                                      [&](const auto& row) { return row.first.contains(address); });
    if (network == networks_.end() || !own_.insert({network->second->wanted->vrf, address}).second) return;
    const InterfaceAddress own{address, static_cast<uint8_t>(address.bits())};
    network->second->addresses.push_back(own);
    network->second->translated.push_back(own);
  }

  std::set<std::pair<std::string, IpAddress>> own_;   // by VRF
  std::vector<std::pair<Prefix, PlannedLink*>> networks_;
};

void add_moving(const Document& document, PlannedLink& link) {
  if (!link.wanted->moves) return;
  link.moving = link.wanted->addresses;
  link.moving.insert(link.moving.end(), link.translated.begin(), link.translated.end());
  const MovingAddresses& moving = *document.cluster->addresses;
  if (moving.interface != link.wanted->name) return;
  link.moving.push_back(router_address(moving));
  std::erase(link.addresses, link.moving.back());   // in the same place, whether it is here or not
  link.addresses.push_back(link.moving.back());
}

bool choose_xdp(const Interface& wanted, const ObservedLink& link, const Observed& observed, Plan& plan) {
  if (wanted.hook == HookChoice::kTc) return false;
  if (link.hides_tags) {   // at XDP every VLAN's frames would be the trunk's own
    plan.degraded.push_back(
        fmt::format("{0}: tc, because its driver takes VLAN tags off before XDP sees them: "
                    "`ethtool -K {0} rxvlan off rx-vlan-stag-hw-parse off`",
                    link.name));
    return false;
  }
  if (wanted.hook == HookChoice::kXdp) return true;
  if (const std::string reason = reason_for_tc(link); !reason.empty()) {
    plan.notes.push_back(fmt::format("{}: tc, because {}", link.name, reason));
    return false;
  }
  if (const auto refused = observed.engine.xdp_refused.find(link.name);
      refused != observed.engine.xdp_refused.end()) {
    plan.notes.push_back(fmt::format("{}: tc, because XDP was refused: {}", link.name, refused->second));
    return false;
  }
  return true;
}

}   // namespace

std::string reason_for_tc(const ObservedLink& link) {
  if (!link.has_ethernet) return "the device has no Ethernet header";
  if (link.kind.empty()) return "";
  if (link.kind == "veth") return "native XDP on veth costs bulk TCP its segmentation offload";
  return fmt::format("a {} device has no native XDP that pays", link.kind);
}

std::vector<PlannedLink> plan_links(const Document& document, const Observed& observed, EngineKind engine,
                                    Plan& plan) {
  std::vector<PlannedLink> links;
  const Answered answered = answered_addresses(document);
  for (const Interface& wanted : document.interfaces) {
    const auto seen = observed.links.find(wanted.name);
    const bool made = !std::holds_alternative<std::monostate>(wanted.made);
    if (made && !is_usable(wanted, observed)) continue;   // plan_made_links() has it, and says why not
    if (seen == observed.links.end()) {
      plan.degraded.push_back(
          fmt::format("interface \"{}\" does not exist; it is taken up when it appears", wanted.name));
    } else if (engine == EngineKind::kEbpf &&
               (seen->second.index >= SL_MAX_IFINDEX || links.size() + 1 >= SL_MAX_SLOTS)) {
      plan.degraded.push_back(
          fmt::format("interface \"{}\" has number {}: the tables end at {} and hold {} interfaces",
                      wanted.name, seen->second.index, SL_MAX_IFINDEX, SL_MAX_SLOTS - 1));
    } else {
      links.push_back({&wanted,
                       &seen->second,
                       addresses_after(wanted, seen->second, observed, answered),
                       {},
                       {},
                       engine == EngineKind::kEbpf && choose_xdp(wanted, seen->second, observed, plan),
                       queues_of(document, wanted).has_value()});
      if (links.back().xdp && links.back().queues)
        plan.notes.push_back(
            fmt::format("{}: what leaves by it waits in queues, so XDP leaves that to tc", wanted.name));
    }
  }
  Translated translated(links);
  for (const AddressRange& range : answered) translated.add(range, plan);
  for (PlannedLink& link : links) add_moving(document, link);
  return links;
}

}   // namespace sluice
