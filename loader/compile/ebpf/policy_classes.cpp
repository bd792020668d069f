// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/ebpf/policy_classes.hpp"

#include <algorithm>
#include <map>

#include "compile/common/rows.hpp"
#include "compile/ebpf/bit_classes.hpp"
#include "compile/ebpf/context.hpp"
#include "compile/ebpf/mentions.hpp"

namespace sluice {
namespace {

// The policies of each pair of zones, by from * zones + to.
std::vector<std::vector<uint32_t>> policies_by_pair(const Document& document) {
  const ZoneNumbers zones(document);
  std::vector<std::vector<uint32_t>> pairs(zones.size() * zones.size());
  for (uint32_t i = 0; i < document.policies.size(); ++i)
    for (const std::string& from : document.policies[i].from)
      for (const std::string& to : document.policies[i].to)
        pairs[zones.of(from) * zones.size() + zones.of(to)].push_back(i);
  return pairs;
}

// The class of a key is that of the key around it and of the lists that mention it. What was asked before is
// remembered: the members of a set have few classes.
class Extensions {
 public:
  Extensions(const std::vector<std::vector<uint32_t>>& lists, BitClasses& classes)
      : lists_(lists), classes_(classes) {
    single_.reserve(lists.size());
  }

  uint32_t of(uint32_t around, const std::vector<uint32_t>& lists) {
    if (lists.size() != 1) return remembered(many_, std::pair(around, lists), around, lists);
    return remembered(single_, uint64_t{around} << 32 | lists.front(), around, lists);
  }

 private:
  template <class Known, class Question>
  uint32_t remembered(Known& known, const Question& question, uint32_t around,
                      const std::vector<uint32_t>& lists) {
    const auto [at, is_new] = known.try_emplace(question, 0);
    if (is_new) at->second = extended(around, lists);
    return at->second;
  }

  uint32_t extended(uint32_t around, const std::vector<uint32_t>& lists) {
    if (lists.size() == 1) return classes_.extend(around, lists_[lists.front()]);
    std::vector<uint32_t> policies;
    for (const uint32_t list : lists)
      policies.insert(policies.end(), lists_[list].begin(), lists_[list].end());
    return classes_.extend(around, policies);
  }

  const std::vector<std::vector<uint32_t>>& lists_;
  BitClasses& classes_;
  std::unordered_map<uint64_t, uint32_t> single_;
  std::map<std::pair<uint32_t, std::vector<uint32_t>>, uint32_t> many_;
};

// each(key, class), the keys sorted: what is around one comes before it.
template <class Key, class Each>
void for_each_class(std::vector<Mention<Key>>& mentions, Extensions& extensions, Each each) {
  std::sort(mentions.begin(), mentions.end());
  std::vector<std::pair<Key, uint32_t>> path;
  std::vector<uint32_t> lists;
  for (auto at = mentions.begin(); at != mentions.end();) {
    const Key key = at->key;
    for (lists.clear(); at != mentions.end() && at->key == key; ++at) lists.push_back(at->list);
    while (!path.empty() && !contains(path.back().first, key)) path.pop_back();
    const uint32_t number = extensions.of(path.empty() ? BitClasses::kNone : path.back().second, lists);
    path.emplace_back(key, number);
    each(key, number);
  }
}

bool emit_addresses(const Document& document, Side side, BitClasses& classes,
                    Rows<sl_prefix_key, sl_policy_class>& rows) {
  Mentions mentions = mentions_of_addresses(document, side);
  if (!mentions.differs) return false;
  Extensions extensions(mentions.lists, classes);
  rows.reserve(mentions.ipv4.size() + mentions.ipv6.size());
  // The rows' tag is the family: over mapped addresses ::/0 would contain every IPv4 address too.
  for (auto& [tag, family] : {std::pair(4u, &mentions.ipv4), std::pair(6u, &mentions.ipv6)})
    for_each_class(*family, extensions, [&, tag = tag](const AddressKey& key, uint32_t number) {
      rows.emplace_back(row_prefix(tag, key), classes[number]);
    });
  return true;
}

bool emit_services(const Document& document, BitClasses& classes,
                   Rows<sl_service_key, sl_policy_class>& rows) {
  Mentions mentions = mentions_of_services(document);
  if (!mentions.differs) return false;
  Extensions extensions(mentions.lists, classes);
  for_each_class(mentions.services, extensions, [&](const ServiceKey& key, uint32_t number) {
    rows.emplace_back(row_service(key), classes[number]);
  });
  return true;
}

}   // namespace

SharedPolicyTables classify_policies(const Document& document) {
  PolicyTables tables;
  BitClasses classes(document.policies.size());
  for (const std::vector<uint32_t>& policies : policies_by_pair(document))
    tables.pairs.push_back(classes[classes.extend(BitClasses::kNone, policies)]);
  classes.next_dimension();
  if (emit_addresses(document, &Policy::source, classes, tables.source)) tables.dimensions |= SL_BY_SOURCE;
  classes.next_dimension();
  if (emit_addresses(document, &Policy::destination, classes, tables.dest))
    tables.dimensions |= SL_BY_DESTINATION;
  classes.next_dimension();
  if (emit_services(document, classes, tables.service)) tables.dimensions |= SL_BY_SERVICE;
  tables.bits = classes.take_rows();
  tables.digest = digest_of_rows(tables);
  return std::make_shared<const PolicyTables>(std::move(tables));
}

}   // namespace sluice
