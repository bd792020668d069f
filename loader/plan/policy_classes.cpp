// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/policy_classes.hpp"

#include <algorithm>
#include <map>

#include "plan/rows.hpp"

namespace sluice {
namespace {

// The rows' tag is the family: over mapped addresses ::/0 would contain every IPv4 address too.
void emit_family(const std::map<AddressKey, RuleSet>& tree, uint32_t tag, BitClasses& classes,
                 Rows<sl_prefix_key, uint32_t>& rows) {
  for_each_nested(tree, [&](const AddressKey& key, const RuleSet& sum) {
    rows.emplace_back(row_prefix(tag, key), classes.class_of(sum));
  });
}

template <class Match>
bool emit_addresses(const Document& document, BitClasses& classes, Rows<sl_prefix_key, uint32_t>& rows,
                    Match match) {
  AddressTrees trees;
  const auto resolve_here = [&](const AddressMatch& wanted) { return resolve(wanted, document); };
  if (!grow_trees(document.policies, classes.none(), trees, match, resolve_here)) return false;
  emit_family(trees.ipv4, 4, classes, rows);
  emit_family(trees.ipv6, 6, classes, rows);
  return true;
}

bool emit_services(const Document& document, BitClasses& classes, Rows<sl_service_key, uint32_t>& rows) {
  const auto tree = service_tree(document.policies, classes.none());
  if (tree.size() == 1) return false;
  for_each_nested(tree, [&](const ServiceKey& key, const RuleSet& sum) {
    rows.emplace_back(row_service(key), classes.class_of(sum));
  });
  return true;
}

}   // namespace

bool speaks_of(const Policy& policy, const std::string& from, const std::string& to) {
  const auto has = [](const std::vector<std::string>& zones, const std::string& zone) {
    return std::find(zones.begin(), zones.end(), zone) != zones.end();
  };
  return has(policy.from, from) && has(policy.to, to);
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
