// SPDX-License-Identifier: GPL-2.0-or-later
// What rules match by: addresses, protocols and ports, alone and nested into each other as prefix trees.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/address.hpp"

namespace sluice {

// Prefixes written in place and names of sets. Empty: any address.
struct AddressMatch {
  std::vector<Prefix> prefixes;
  std::vector<std::string> sets;
  bool any() const { return prefixes.empty() && sets.empty(); }
};

// Which of some rules: bit n stands for rule n.
using RuleSet = std::vector<uint64_t>;
void add_rule(RuleSet& set, size_t rule);
void merge(RuleSet& into, const RuleSet& from);

// Ordered by address bits first and shorter prefixes first: a depth-first walk of the tree.
struct AddressKey {
  std::array<uint8_t, 16> bytes{};
  int length = 0;   // of the mapped address
  bool operator==(const AddressKey&) const = default;
  std::strong_ordering operator<=>(const AddressKey& other) const {
    const auto order = wide(bytes) <=> wide(other.bytes);
    return order != 0 ? order : length <=> other.length;
  }
};
bool contains(const AddressKey& outer, const AddressKey& inner);

// Protocol in the high bits, then port: 0 bits is everything, 8 a protocol, 9..24 a block of ports.
struct ServiceKey {
  uint32_t bits = 0;   // protocol << 16 | port
  int length = 0;      // 0, 8, or 8 + bits of the port
  auto operator<=>(const ServiceKey&) const = default;
};
bool contains(const ServiceKey& outer, const ServiceKey& inner);
std::vector<ServiceKey> services_of(const std::vector<uint8_t>& protocols,
                                    const std::vector<PortRange>& ports);

struct AddressTrees {
  std::map<AddressKey, RuleSet> ipv4, ipv6;
  std::map<AddressKey, RuleSet>& of(const Prefix& prefix) { return prefix.address.is_ipv4() ? ipv4 : ipv6; }
};

// each(key, the rules of this key and of everything that contains it)
template <class Key, class Each>
void for_each_nested(const std::map<Key, RuleSet>& tree, Each each) {
  std::vector<std::pair<const Key*, RuleSet>> path;
  for (const auto& [key, own] : tree) {
    while (!path.empty() && !contains(*path.back().first, key)) path.pop_back();
    RuleSet sum = own;
    if (!path.empty()) merge(sum, path.back().second);
    each(key, sum);
    path.emplace_back(&key, std::move(sum));
  }
}

// The tree of what `rules` say about one address each, by match(rule); whether any says something.
template <class Rules, class Match, class Resolve>
bool grow_trees(const Rules& rules, const RuleSet& none, AddressTrees& trees, Match match, Resolve resolve) {
  bool differs = false;
  RuleSet& any4 = trees.ipv4.try_emplace(AddressKey{}, none).first->second;
  RuleSet& any6 = trees.ipv6.try_emplace(AddressKey{}, none).first->second;
  for (size_t i = 0; i < rules.size(); ++i) {
    const AddressMatch& wanted = match(rules[i]);
    if (wanted.any()) {
      add_rule(any4, i);
      add_rule(any6, i);
      continue;
    }
    differs = true;   // also when a set is empty, which matches nothing
    for (const Prefix& prefix : resolve(wanted)) {
      const AddressKey key{prefix.address.bytes(), prefix.mapped_length()};
      add_rule(trees.of(prefix).try_emplace(key, none).first->second, i);
    }
  }
  return differs;
}

// The same for protocols and ports.
template <class Rules>
std::map<ServiceKey, RuleSet> service_tree(const Rules& rules, const RuleSet& none) {
  std::map<ServiceKey, RuleSet> tree;
  tree.try_emplace(ServiceKey{}, none);
  for (size_t i = 0; i < rules.size(); ++i)
    for (const ServiceKey& key : services_of(rules[i].protocols, rules[i].ports))
      add_rule(tree.try_emplace(key, none).first->second, i);
  return tree;
}

}   // namespace sluice
