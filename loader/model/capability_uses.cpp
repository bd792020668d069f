// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/capability_uses.hpp"

#include <algorithm>
#include <array>

#include "model/zone_pairs.hpp"

namespace sluice {
namespace {

KeyPath pool_of(size_t masquerade) { return {"nat", "masquerade", masquerade, "addresses"}; }

template <class Amount>
std::vector<Use> count_each_pool_range(const Document& document, Amount amount) {
  std::vector<Use> uses;
  for (size_t i = 0; i < document.masquerades.size(); ++i) {
    uint64_t most = 0;
    for (const AddressRange& range : document.masquerades[i].addresses)
      most = std::max<uint64_t>(most, amount(range));
    if (most) uses.push_back({pool_of(i), most});
  }
  return uses;
}

uint64_t ranges_of(const Masquerade& masquerade, Family family) {
  return static_cast<uint64_t>(
      std::count_if(masquerade.addresses.begin(), masquerade.addresses.end(),
                    [&](const AddressRange& range) { return range.first.family() == family; }));
}

// The first 96 bits, which counting up within a range must not change.
bool crosses_96(const AddressRange& range) {
  const auto& first = range.first.bytes();
  return !std::equal(first.begin(), first.begin() + 12, range.last.bytes().begin());
}

}   // namespace

std::vector<Use> count_interfaces(const Document& document) {
  return {{{"interfaces"}, document.interfaces.size()}};
}

std::vector<Use> count_hooks(const Document& document) {
  std::vector<Use> uses;
  for (const Interface& interface : document.interfaces)
    if (interface.hook != HookChoice::kAuto) uses.push_back({{"interfaces", interface.name, "hook"}, 1});
  return uses;
}

// Zones are named where interfaces are.
std::vector<Use> count_zones(const Document& document) { return {{{"interfaces"}, document.zones.size()}}; }

std::vector<Use> count_policies(const Document& document) {
  return {{{"policies"}, document.policies.size()}};
}

std::vector<Use> count_pairs(const Document& document) {
  const KeyPath place{document.policies.empty() ? "interfaces" : "policies"};
  return {{place, passable_zone_pairs(document).size()}};
}

// Said of the longest list, which is where something can be left out.
std::vector<Use> count_rules(const Document& document) {
  const std::array<std::pair<size_t, KeyPath>, 5> lists{{{document.policies.size(), {"policies"}},
                                                         {2 * document.limits.size(), {"limits"}},
                                                         {document.masquerades.size(), {"nat", "masquerade"}},
                                                         {document.static_mappings.size(), {"nat", "static"}},
                                                         {document.forwards.size(), {"nat", "forwards"}}}};
  size_t sum = 0;
  for (const auto& [size, path] : lists) sum += size;
  return {{std::max_element(lists.begin(), lists.end())->second, sum}};
}

std::vector<Use> count_pool_ranges(const Document& document) {
  std::vector<Use> uses;
  for (size_t i = 0; i < document.masquerades.size(); ++i) {
    const Masquerade& masquerade = document.masquerades[i];
    uses.push_back(
        {pool_of(i), std::max(ranges_of(masquerade, Family::kIpv4), ranges_of(masquerade, Family::kIpv6))});
  }
  return uses;
}

std::vector<Use> count_pool_sizes(const Document& document) {
  return count_each_pool_range(document, [](const AddressRange& range) { return range.size(); });
}

std::vector<Use> count_crossings(const Document& document) {
  return count_each_pool_range(document, [](const AddressRange& range) { return crosses_96(range) ? 1 : 0; });
}

}   // namespace sluice
