// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "plan/parts.hpp"

namespace sluice {
namespace {

constexpr const char* kNonlocalBind[] = {"net/ipv4/ip_nonlocal_bind", "net/ipv6/ip_nonlocal_bind"};
constexpr const char* kPromote = "promote_secondaries";

const ObservedAddress* find_address(const ObservedLink& link, const InterfaceAddress& address) {
  const auto at = std::find_if(link.addresses.begin(), link.addresses.end(),
                               [&](const ObservedAddress& seen) { return seen.address == address; });
  return at == link.addresses.end() ? nullptr : &*at;
}

// Routes of a VRF stand in its own table. An address that the device had before sluice stays as it is.
void plan_address(const Observed& observed, const PlannedLink& link, const InterfaceAddress& address,
                  Plan& plan) {
  const std::string& name = link.wanted->name;
  const bool routed = link.wanted->vrf.empty();
  const ObservedAddress* seen = find_address(*link.seen, address);
  const bool is_own = observed.owned_addresses.contains({name, address});
  if (seen && (seen->routed == routed || !is_own)) return;
  if (seen) plan.steps.push_back(step::RemoveAddress{name, link.seen->index, address, seen->routed});
  plan.steps.push_back(step::AddAddress{name, link.seen->index, address, routed});
}

// What is there, and whether the document has it there.
class WantedAddresses {
 public:
  WantedAddresses(const Document& document, const std::vector<PlannedLink>& links) : links_(links) {
    for (const Interface& interface : document.interfaces) interfaces_.insert(interface.name);
    for (const PlannedLink& link : links) by_name_.emplace(link.wanted->name, &link);
  }

  bool has(const std::string& name, const InterfaceAddress& address) const {
    const auto link = by_name_.find(name);
    return link != by_name_.end() && puts(*link->second, address);
  }

  // The record of an address on a device that is gone for a while stays: it is put back when it returns.
  bool is_away(const Observed& observed, const std::string& name) const {
    return interfaces_.contains(name) && !observed.links.contains(name);
  }

  // Of an interface that leaves the document, and not moved to another one.
  bool leaves_first(const std::string& name, const InterfaceAddress& address) const {
    return !interfaces_.contains(name) &&
           std::ranges::none_of(links_, [&](const PlannedLink& link) { return puts(link, address); });
  }

 private:
  // Those that move are not sluice's to put there.
  static bool puts(const PlannedLink& link, const InterfaceAddress& address) {
    return std::ranges::count(link.addresses, address) && !std::ranges::count(link.moving, address);
  }

  const std::vector<PlannedLink>& links_;
  std::unordered_set<std::string_view> interfaces_;   // of the document
  std::unordered_map<std::string_view, const PlannedLink*> by_name_;
};

}   // namespace

void plan_leaving_addresses(const Document& document, const Observed& observed,
                            const std::vector<PlannedLink>& links, Plan& plan) {
  const WantedAddresses wanted(document, links);
  for (const auto& [name, address] : observed.owned_addresses)
    if (wanted.leaves_first(name, address))
      plan.steps.push_back(step::RemoveAddress{name, index_of(observed, name), address});
}

void plan_new_addresses(const Observed& observed, const PlannedLink& link, Plan& plan) {
  const Interface& wanted = *link.wanted;
  if (!link.seen->up && (!wanted.addresses.empty() || !wanted.own_addresses.empty()))
    plan.steps.push_back(step::SetLinkUp{wanted.name, link.seen->index});
  std::vector<InterfaceAddress> all = wanted.own_addresses;
  if (!wanted.moves) {
    all.insert(all.end(), wanted.addresses.begin(), wanted.addresses.end());
    all.insert(all.end(), link.translated.begin(), link.translated.end());
  }
  for (const InterfaceAddress& address : all) plan_address(observed, link, address, plan);
}

void plan_old_addresses(const Document& document, const Observed& observed,
                        const std::vector<PlannedLink>& links, Plan& plan) {
  const WantedAddresses wanted(document, links);
  for (const auto& [name, address] : observed.owned_addresses)
    if (!wanted.has(name, address) && !wanted.is_away(observed, name) && !wanted.leaves_first(name, address))
      plan.steps.push_back(step::RemoveAddress{name, index_of(observed, name), address});
}

// Programs listen on addresses that are not here yet. An address of a network that goes takes no other one of
// the network with it.
void plan_moving_settings(const Document& document, const Observed& observed, Plan& plan) {
  const auto set = [&](const std::string& path) {
    const auto at = observed.sysctls.find(path);
    if (at != observed.sysctls.end() && at->second != "1")
      plan.steps.push_back(step::SetSysctl{path, "1", at->second});
  };
  if (!document.cluster || !document.cluster->addresses) return;
  for (const char* path : kNonlocalBind) set(path);
  for (const Interface& interface : document.interfaces)
    if (interface.moves) set(setting_path("ipv4", interface.name, kPromote));
}

std::vector<std::string> moving_sysctl_paths(const std::map<std::string, ObservedLink>& links) {
  std::vector<std::string> paths(std::begin(kNonlocalBind), std::end(kNonlocalBind));
  for (const auto& [name, link] : links) paths.push_back(setting_path("ipv4", name, kPromote));
  return paths;
}

}   // namespace sluice
