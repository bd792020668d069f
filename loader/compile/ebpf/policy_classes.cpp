// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/ebpf/policy_classes.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

#include "base/fnv.hpp"
#include "compile/common/rows.hpp"
#include "compile/common/uplinks.hpp"
#include "compile/ebpf/bit_classes.hpp"
#include "compile/ebpf/context.hpp"
#include "model/zone_pairs.hpp"

namespace sluice {
namespace {

// Which policies mention which prefix, before there are classes. What several policies say together (a set)
// is here once: a hundred thousand prefixes cost the same, however many policies name them.
template <class Key>
struct Mention {
  Key key;
  uint32_t list = 0;   // of the policies, in Mentions::lists
  auto operator<=>(const Mention&) const = default;
};

struct Mentions {
  // The list of policies that leave this open, and one without policies: an address that names have opened
  // has only its place among the prefixes.
  static constexpr uint32_t kAnything = 0, kOpened = 1;
  std::vector<std::vector<uint32_t>> lists =
      std::vector<std::vector<uint32_t>>(2);   // by place in the document
  std::vector<Mention<AddressKey>> ipv4 = std::vector<Mention<AddressKey>>(1),
                                   ipv6 = ipv4;   // each with kAnything at the root
  std::vector<Mention<ServiceKey>> services = std::vector<Mention<ServiceKey>>(1);
  bool differs = false;   // some policy does not leave it open
};

using Side = AddressMatch Policy::*;
uint32_t new_list(Mentions& mentions, std::vector<uint32_t> policies) {
  mentions.lists.push_back(std::move(policies));
  return static_cast<uint32_t>(mentions.lists.size() - 1);
}

void mention(Mentions& mentions, const std::vector<Prefix>& prefixes, uint32_t list) {
  for (const Prefix& prefix : prefixes)
    (prefix.address.is_ipv4() ? mentions.ipv4 : mentions.ipv6)
        .push_back({{prefix.address.bytes(), prefix.mapped_length()}, list});
}

void mention_opened(Mentions& mentions, const OpenedAddresses& opened) {
  for (const auto& [address, member] : opened.members)
    mention(mentions, {Prefix::of_host(address)}, Mentions::kOpened);
}

Mentions mentions_of_addresses(const Document& document, Side side, const OpenedAddresses& opened) {
  Mentions mentions;
  std::unordered_map<std::string_view, uint32_t> lists;   // of sets
  std::set<std::string_view> of_names;                    // sets that are filled elsewhere
  for (const OpenedSet& set : opened.sets) of_names.insert(set.name);
  const auto list_of = [&](const std::string& set) {
    const auto [at, is_new] = lists.try_emplace(set, 0);
    if (!is_new) return at->second;
    at->second = new_list(mentions, {});
    if (const auto members = document.sets.find(set); members != document.sets.end())
      mention(mentions, members->second, at->second);
    return at->second;
  };
  for (uint32_t i = 0; i < document.policies.size(); ++i) {
    const AddressMatch& wanted = document.policies[i].*side;
    if (wanted.any()) mentions.lists[Mentions::kAnything].push_back(i);
    mentions.differs |= !wanted.any();   // also when a set is empty, which matches nothing
    if (!wanted.prefixes.empty()) mention(mentions, wanted.prefixes, new_list(mentions, {i}));
    for (const std::string& set : wanted.sets)
      if (!of_names.contains(set)) mentions.lists[list_of(set)].push_back(i);
  }
  return mentions;
}

Mentions mentions_of_services(const Document& document) {
  Mentions mentions;
  for (uint32_t i = 0; i < document.policies.size(); ++i) {
    const Policy& policy = document.policies[i];
    if (policy.protocols.empty()) {
      mentions.lists[Mentions::kAnything].push_back(i);
      continue;
    }
    mentions.differs = true;
    const uint32_t list = new_list(mentions, {i});
    for (const ServiceKey& key : services_of(policy.protocols, policy.ports))
      mentions.services.push_back({key, list});
  }
  return mentions;
}

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

// each(key, class, lists), the keys sorted: what is around one comes before it.
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
    each(key, number, lists);
  }
}

// The row of the key is the document's, unless nothing but a name speaks of it.
bool note_around(OpenedMembers& members, const AddressKey& key, const sl_policy_class& around,
                 const std::vector<uint32_t>& lists) {
  if (std::ranges::find(lists, Mentions::kOpened) == lists.end()) return true;
  OpenedAddress& member = members.at(IpAddress::from_bytes(key.bytes));
  member.around = around;
  return member.is_of_document = lists.size() > 1;
}

bool emit_addresses(const Document& document, Side side, BitClasses& classes,
                    Rows<sl_prefix_key, sl_policy_class>& rows, OpenedAddresses& opened) {
  Mentions mentions = mentions_of_addresses(document, side, opened);
  if (side == &Policy::destination) mention_opened(mentions, opened);
  if (!mentions.differs) return false;
  Extensions extensions(mentions.lists, classes);
  rows.reserve(mentions.ipv4.size() + mentions.ipv6.size());
  // The rows' tag is the family: over mapped addresses ::/0 would contain every IPv4 address too.
  for (auto& [tag, family] : {std::pair(4u, &mentions.ipv4), std::pair(6u, &mentions.ipv6)})
    for_each_class(*family, extensions,
                   [&, tag = tag](const AddressKey& key, uint32_t number, const auto& lists) {
                     if (note_around(opened.members, key, classes[number], lists))
                       rows.emplace_back(row_prefix(tag, key), classes[number]);
                   });
  return true;
}

bool emit_services(const Document& document, BitClasses& classes,
                   Rows<sl_service_key, sl_policy_class>& rows) {
  Mentions mentions = mentions_of_services(document);
  if (!mentions.differs) return false;
  Extensions extensions(mentions.lists, classes);
  for_each_class(mentions.services, extensions, [&](const ServiceKey& key, uint32_t number, const auto&) {
    rows.emplace_back(row_service(key), classes[number]);
  });
  return true;
}

// Documents with more policies than a class tells apart are not for the packet path.
void place_opened(PolicyTables& tables, size_t policies) {
  OpenedAddresses& opened = tables.opened;
  const size_t chunks = (policies + kBitsPerChunk - 1) / kBitsPerChunk;
  if (opened.sets.empty()) return;
  for (const OpenedSet& set : opened.sets)
    tables.digest = fnv_words(tables.digest, set.policies.data(), set.policies.size() * sizeof(uint32_t));
  if (chunks > SL_MAX_POLICY_CHUNKS) return;
  opened.chunks_of_class = static_cast<uint32_t>(chunks);
  opened.first_row = static_cast<uint32_t>(tables.policy_dest.size());
  opened.first_class_row = static_cast<uint32_t>(tables.policy_bits.size());
  put_opened_rows(tables);
}

}   // namespace

SharedPolicyTables classify_policies(const Document& document) {
  PolicyTables tables;
  tables.opened = opened_addresses(document);
  BitClasses classes(document.policies.size());
  for (const std::vector<uint32_t>& policies : policies_by_pair(document))
    tables.pairs.push_back(classes[classes.extend(BitClasses::kNone, policies)]);
  classes.next_dimension();
  if (emit_addresses(document, &Policy::source, classes, tables.policy_source, tables.opened))
    tables.dimensions |= SL_BY_SOURCE;
  classes.next_dimension();
  if (emit_addresses(document, &Policy::destination, classes, tables.policy_dest, tables.opened))
    tables.dimensions |= SL_BY_DESTINATION;
  classes.next_dimension();
  if (emit_services(document, classes, tables.policy_service)) tables.dimensions |= SL_BY_SERVICE;
  tables.policy_bits = classes.take_rows();
  tables.digest = digest_of_rows(tables);
  place_opened(tables, document.policies.size());
  return std::make_shared<const PolicyTables>(std::move(tables));
}

namespace {

// Between zones drop, inside one accept unless it is closed or an uplink, and the gateway itself may go
// anywhere.
uint32_t default_action(const CompileContext& context, size_t from, size_t to) {
  const Document& document = context.document;
  if (is_closed(document, from, to)) return SL_NEVER;
  if (from == 0) return SL_ACCEPT;
  if (from != to) return SL_DROP;
  return hosts_may_talk(document.zones[from - 1], context.uplinks) ? SL_ACCEPT : SL_DROP;
}

}   // namespace

void compile_policies(CompileContext& context, SharedPolicyTables policies) {
  const Document& document = context.document;
  NumberedRules& rules = context.rules;
  rules.policy_rules.reserve(document.policies.size());
  for (const Policy& policy : document.policies)
    rules.policy_rules.push_back(
        {row_action(policy.action), context.objects.of(SL_OBJECT_POLICY, policy.name)});
  const size_t zones = context.zones.size();
  for (size_t row = 0; row < policies->pairs.size(); ++row) {
    sl_zone_pair pair{};
    pair.action = default_action(context, row / zones, row % zones);
    pair.policies = policies->pairs[row];
    rules.zone_pairs.push_back(pair);
  }
  rules.header.dimensions = policies->dimensions;
  rules.policies = std::move(policies);
}

}   // namespace sluice
