// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <map>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/spans.hpp"

namespace sluice::config {
namespace {

struct Use {
  const Interface* interface;
  InterfaceAddress address;
  const Node* node;
};

std::vector<Use> collect_addresses(const Draft& draft) {
  std::vector<Use> uses;
  for (const auto& [interface, node] : draft.interfaces) {
    const Node* list = node->member("addresses");
    if (!list) continue;
    for (const Node& item : list->children())
      if (const auto address = InterfaceAddress::parse(item.text))
        uses.push_back({&interface, *address, &item});
  }
  return uses;
}

// Link-local addresses and networks are the same on every link.
bool is_on_every_link(const Use& use) { return use.address.address.is_link_local(); }

void check_addresses_differ(const std::vector<Use>& uses, Complaints& complaints) {
  std::map<std::pair<std::string_view, IpAddress>, const Use*> seen;   // by VRF and address
  for (const auto& use : uses) {
    if (is_on_every_link(use)) continue;
    const auto [at, inserted] = seen.try_emplace({use.interface->vrf, use.address.address}, &use);
    // The same text twice in one list was complained about when the list was read.
    if (inserted || (at->second->interface == use.interface && at->second->address == use.address)) continue;
    complaints.say(*use.node,
                   fmt::format("{} is already an address of {} on line {}", use.address.address.to_string(),
                               quote(at->second->interface->name), complaints.line_of(*at->second->node)),
                   "an address belongs to one interface");
  }
}

void complain_about_networks(const Use& earlier, const Use& later, Complaints& complaints) {
  if (earlier.interface == later.interface || earlier.address.address == later.address.address) return;
  complaints.say(*later.node,
                 fmt::format("the network {} overlaps {} of {} on line {}",
                             Prefix::of(later.address).to_string(), Prefix::of(earlier.address).to_string(),
                             quote(earlier.interface->name), complaints.line_of(*earlier.node)),
                 "networks of interfaces are apart, so that each host is behind one of them");
}

void check_networks_apart(const std::vector<Use>& uses, Complaints& complaints) {
  std::vector<Span<std::pair<std::string_view, Family>, IpAddress>> spans;
  for (size_t i = 0; i < uses.size(); ++i) {
    if (is_on_every_link(uses[i])) continue;
    const auto prefix = Prefix::of(uses[i].address);
    spans.push_back({{uses[i].interface->vrf, prefix.address.family()}, prefix.address, prefix.last(), i});
  }
  for (const auto& [earlier, later] : find_overlaps(std::move(spans)))
    complain_about_networks(uses[earlier], uses[later], complaints);
}

}   // namespace

void check_interfaces(Draft& draft) {
  const auto uses = collect_addresses(draft);
  check_addresses_differ(uses, draft.complaints);
  check_networks_apart(uses, draft.complaints);
}

}   // namespace sluice::config
