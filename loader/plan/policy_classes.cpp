// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/policy_classes.hpp"

#include <algorithm>
#include <map>

#include "plan/rows.hpp"

namespace sluice {
namespace {

// Keys of a prefix tree by (bits that count, key bits), so that an ancestor sorts before what it contains.
template <class Key>
struct TreeEntry {
  Key key;
  PolicySet own;
};

// The class of each entry is its own policies and those of everything that contains it.
template <class Key, class Contains, class Emit>
void emit_tree(std::vector<TreeEntry<Key>>& entries, BitClasses& classes, Contains contains, Emit emit) {
  std::vector<const TreeEntry<Key>*> path;
  std::vector<PolicySet> sums;
  for (auto& entry : entries) {
    while (!path.empty() && !contains(path.back()->key, entry.key)) {
      path.pop_back();
      sums.pop_back();
    }
    PolicySet sum = entry.own;
    if (!sums.empty()) BitClasses::merge(sum, sums.back());
    emit(entry.key, classes.class_of(sum));
    path.push_back(&entry);
    sums.push_back(std::move(sum));
  }
}

// Ordered by address bits first and shorter prefixes first: a depth-first walk of the tree.
struct AddressKey {
  std::array<uint8_t, 16> bytes{};
  int length = 0;   // of the mapped address
  auto operator<=>(const AddressKey&) const = default;
};

bool contains_address(const AddressKey& outer, const AddressKey& inner) {
  if (outer.length > inner.length) return false;
  for (int bit = 0; bit < outer.length; ++bit) {
    const uint8_t mask = 0x80 >> (bit % 8);
    if ((outer.bytes[bit / 8] ^ inner.bytes[bit / 8]) & mask) return false;
  }
  return true;
}

using AddressTree = std::map<AddressKey, PolicySet>;

// The rows' tag is the family: over mapped addresses ::/0 would contain every IPv4 address too.
void emit_family(const AddressTree& tree, uint32_t tag, BitClasses& classes,
                 Rows<sl_prefix_key, uint32_t>& rows) {
  std::vector<TreeEntry<AddressKey>> entries;
  for (const auto& [key, own] : tree) entries.push_back({key, own});
  emit_tree(entries, classes, contains_address, [&](const AddressKey& key, uint32_t number) {
    sl_prefix_key row{.prefixlen = 32u + static_cast<uint32_t>(key.length), .tag = tag};
    std::memcpy(row.address.w, key.bytes.data(), sizeof(row.address.w));
    rows.emplace_back(row, number);
  });
}

struct AddressTrees {
  AddressTree ipv4, ipv6;
  AddressTree& of(const Prefix& prefix) { return prefix.address.is_ipv4() ? ipv4 : ipv6; }
};

// Whether any policy says something about this address.
template <class Match>
bool grow_trees(const Document& document, BitClasses& classes, AddressTrees& trees, Match match) {
  bool differs = false;
  PolicySet& any4 = trees.ipv4.try_emplace(AddressKey{}, classes.none()).first->second;
  PolicySet& any6 = trees.ipv6.try_emplace(AddressKey{}, classes.none()).first->second;
  for (size_t i = 0; i < document.policies.size(); ++i) {
    const AddressMatch& wanted = match(document.policies[i]);
    if (wanted.any()) {
      BitClasses::add(any4, i);
      BitClasses::add(any6, i);
      continue;
    }
    differs = true;   // also when a set is empty, which matches nothing
    for (const Prefix& prefix : resolve(wanted, document)) {
      const AddressKey key{prefix.address.bytes(), prefix.mapped_length()};
      BitClasses::add(trees.of(prefix).try_emplace(key, classes.none()).first->second, i);
    }
  }
  return differs;
}

template <class Match>
bool emit_addresses(const Document& document, BitClasses& classes, Rows<sl_prefix_key, uint32_t>& rows,
                    Match match) {
  AddressTrees trees;
  if (!grow_trees(document, classes, trees, match)) return false;
  emit_family(trees.ipv4, 4, classes, rows);
  emit_family(trees.ipv6, 6, classes, rows);
  return true;
}

// Protocol in the high bits, then port: 0 bits is everything, 8 a protocol, 9..24 a block of ports.
struct ServiceKey {
  uint32_t bits = 0;   // protocol << 16 | port
  int length = 0;      // 0, 8, or 8 + bits of the port
  auto operator<=>(const ServiceKey&) const = default;
};

bool contains_service(const ServiceKey& outer, const ServiceKey& inner) {
  return outer.length <= inner.length &&
         (outer.length == 0 || ((outer.bits ^ inner.bits) >> (24 - outer.length)) == 0);
}

std::vector<ServiceKey> services_of(const Policy& policy) {
  if (policy.protocols.empty()) return {ServiceKey{}};
  std::vector<ServiceKey> keys;
  for (const uint8_t protocol : policy.protocols) {
    const uint32_t high = uint32_t{protocol} << 16;
    if (policy.ports.empty()) keys.push_back({high, 8});
    for (const PortRange& range : policy.ports)
      for (const PortBlock& block : split_into_blocks(range))
        keys.push_back({high | block.value, 8 + block.bits});
  }
  return keys;
}

sl_service_key row_service(const ServiceKey& key) {
  return {.prefixlen = key.length == 0 ? 0u : static_cast<uint32_t>(key.length + 8),
          .protocol = static_cast<uint8_t>(key.bits >> 16),
          .zero = 0,
          .port = htons(static_cast<uint16_t>(key.bits & 0xffff))};
}

bool emit_services(const Document& document, BitClasses& classes, Rows<sl_service_key, uint32_t>& rows) {
  std::map<ServiceKey, PolicySet> tree;
  tree.try_emplace(ServiceKey{}, classes.none());
  for (size_t i = 0; i < document.policies.size(); ++i)
    for (const ServiceKey& key : services_of(document.policies[i]))
      BitClasses::add(tree.try_emplace(key, classes.none()).first->second, i);
  if (tree.size() == 1) return false;
  std::vector<TreeEntry<ServiceKey>> entries;
  for (auto& [key, own] : tree) entries.push_back({key, own});
  emit_tree(entries, classes, contains_service,
            [&](const ServiceKey& key, uint32_t number) { rows.emplace_back(row_service(key), number); });
  return true;
}

}   // namespace

bool speaks_of(const Policy& policy, const std::string& from, const std::string& to) {
  const auto has = [](const std::vector<std::string>& zones, const std::string& zone) {
    return std::find(zones.begin(), zones.end(), zone) != zones.end();
  };
  return has(policy.from, from) && has(policy.to, to);
}

std::vector<Prefix> resolve(const AddressMatch& match, const Document& document) {
  std::vector<Prefix> prefixes = match.prefixes;
  for (const std::string& name : match.sets) {
    const auto set = document.sets.find(name);
    if (set != document.sets.end()) prefixes.insert(prefixes.end(), set->second.begin(), set->second.end());
  }
  return prefixes;
}

void classify_policies(const Document& document, BitClasses& classes, RulesEbpf& rules) {
  if (emit_addresses(document, classes, rules.policy_source,
                     [](const Policy& p) -> const AddressMatch& { return p.source; }))
    rules.header.dimensions |= SL_BY_SOURCE;
  if (emit_addresses(document, classes, rules.policy_dest,
                     [](const Policy& p) -> const AddressMatch& { return p.destination; }))
    rules.header.dimensions |= SL_BY_DESTINATION;
  if (emit_services(document, classes, rules.policy_service)) rules.header.dimensions |= SL_BY_SERVICE;
}

}   // namespace sluice
