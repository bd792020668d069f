// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/common/opened_addresses.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <tuple>

#include "base/fnv.hpp"
#include "compile/common/numbered_rules.hpp"
#include "compile/common/rows.hpp"
#include "model/domains.hpp"

namespace sluice {
namespace {

constexpr uint32_t kBitsOfChunk = 512;
constexpr size_t kSpareClasses = 1024, kSpareClassesOfSet = 4;

bool has_alone(const Policy& policy, const std::string& set) {
  const AddressMatch& wanted = policy.destination;
  return wanted.prefixes.empty() && wanted.sets.size() == 1 && wanted.sets.front() == set &&
         std::ranges::find(policy.source.sets, set) == policy.source.sets.end();
}

// Sets that some policy has beside others: such a set is like any set.
std::set<std::string> mixed_sets(const Document& document) {
  std::set<std::string> mixed;
  for (const Policy& policy : document.policies)
    for (const auto* match : {&policy.source, &policy.destination})
      for (const std::string& set : match->sets)
        if (!has_alone(policy, set)) mixed.insert(set);
  return mixed;
}

std::vector<OpenedSet> sets_of_domains(const Document& document) {
  std::vector<OpenedSet> sets;
  std::map<std::string, size_t> places;
  for (uint32_t i = 0; i < document.policies.size(); ++i) {
    const Policy& policy = document.policies[i];
    const std::string name = set_of_domains(policy.name);
    if (policy.domains.empty() || !has_alone(policy, name)) continue;
    const auto [place, is_new] = places.try_emplace(name, sets.size());
    if (is_new) sets.push_back({name, {}});
    sets[place->second].policies.push_back(i);
  }
  if (sets.empty()) return sets;
  const auto mixed = mixed_sets(document);
  std::erase_if(sets, [&](const OpenedSet& set) {
    return mixed.contains(set.name) || !document.sets.contains(set.name);
  });
  return sets;
}

// Members that have the same around them and are in the same sets share a class.
using ClassKey = std::tuple<uint32_t, uint32_t, std::vector<uint32_t>>;

}   // namespace

OpenedAddresses opened_addresses(const Document& document) {
  OpenedAddresses opened{.sets = sets_of_domains(document), .members = {}};
  for (uint32_t set = 0; set < opened.sets.size(); ++set)
    for (const Prefix& one : document.sets.at(opened.sets[set].name)) {
      std::vector<uint32_t>& sets = opened.members[one.address].sets;
      if (!sets.empty() && sets.back() == set) continue;
      sets.push_back(set);
      opened.digest += digest_of_opened(set, one.address);
    }
  return opened;
}

std::optional<uint32_t> number_of_set(const OpenedAddresses& opened, std::string_view set) {
  const auto at = std::ranges::find(opened.sets, set, &OpenedSet::name);
  if (at == opened.sets.end()) return std::nullopt;
  return static_cast<uint32_t>(at - opened.sets.begin());
}

uint64_t digest_of_opened(uint32_t set, const IpAddress& address) {
  const auto& bytes = address.bytes();
  return fnv_words(fnv_words(kFnvStart, &set, sizeof(set)), bytes.data(), bytes.size());
}

std::optional<std::vector<uint32_t>> changed_sets(const std::vector<uint32_t>& sets, uint32_t set,
                                                  bool opens) {
  std::vector<uint32_t> changed = sets;
  const auto at = std::ranges::lower_bound(changed, set);
  if (opens == (at != changed.end() && *at == set)) return std::nullopt;
  if (opens)
    changed.insert(at, set);
  else
    changed.erase(at);
  return changed;
}

std::vector<uint32_t> policies_of(const OpenedAddresses& opened, std::span<const uint32_t> sets) {
  std::vector<uint32_t> policies;
  for (const uint32_t set : sets)
    policies.insert(policies.end(), opened.sets[set].policies.begin(), opened.sets[set].policies.end());
  return policies;
}

ClassRows widened(const PolicyTables& tables, const sl_policy_class& around,
                  std::span<const uint32_t> policies) {
  std::map<uint32_t, sl_policy_bits> chunks;
  uint32_t row = around.row;
  for (uint32_t chunk = 0; chunk < SL_MAX_POLICY_CHUNKS; ++chunk)
    if (around.chunks & uint32_t{1} << chunk) chunks[chunk] = tables.policy_bits[row++];
  for (const uint32_t policy : policies)
    chunks[policy / kBitsOfChunk].word[policy % kBitsOfChunk / 64] |= uint64_t{1} << (policy % 64);
  ClassRows made;
  for (const auto& [chunk, bits] : chunks) {
    made.chunks |= uint32_t{1} << chunk;
    made.rows.push_back(bits);
  }
  return made;
}

sl_prefix_key key_of_opened(const IpAddress& address) { return row_host(address.is_ipv4() ? 4 : 6, address); }

// The rows are sorted by family and address, shorter prefixes first.
std::optional<sl_policy_class> class_of_row(const PolicyTables& tables, const sl_prefix_key& key) {
  const auto before = [](const auto& row, const sl_prefix_key& wanted) {
    if (row.first.tag != wanted.tag) return row.first.tag < wanted.tag;
    const int order = std::memcmp(&row.first.address, &wanted.address, sizeof(wanted.address));
    return order ? order < 0 : row.first.prefixlen < wanted.prefixlen;
  };
  const std::span rows = std::span(tables.policy_dest).first(tables.opened.first_row);
  const auto at = std::lower_bound(rows.begin(), rows.end(), key, before);
  if (at == rows.end() || std::memcmp(&at->first, &key, sizeof(key)) != 0) return std::nullopt;
  return at->second;
}

// A row of the document with the same key is written first, and so replaced.
void put_opened_rows(PolicyTables& tables) {
  const OpenedAddresses& opened = tables.opened;
  if (!opened.first_class_row) return;
  tables.policy_dest.resize(opened.first_row);
  tables.policy_bits.resize(opened.first_class_row);
  std::map<ClassKey, sl_policy_class> classes;
  for (const auto& [address, member] : opened.members) {
    const auto [at, is_new] =
        classes.try_emplace({member.around.row, member.around.chunks, member.sets}, sl_policy_class{});
    if (is_new) {
      const ClassRows made = widened(tables, member.around, policies_of(opened, member.sets));
      at->second = {static_cast<uint32_t>(tables.policy_bits.size()), made.chunks};
      tables.policy_bits.insert(tables.policy_bits.end(), made.rows.begin(), made.rows.end());
    }
    tables.policy_dest.emplace_back(key_of_opened(address), at->second);
  }
  const size_t spare = kSpareClasses + kSpareClassesOfSet * opened.sets.size();
  tables.policy_bits.resize(tables.policy_bits.size() + opened.chunks_of_class * spare);
}

PolicyTables with_members(const PolicyTables& tables, OpenedMembers members) {
  PolicyTables made = tables;
  made.opened.members = std::move(members);
  made.opened.digest = 0;
  for (const auto& [address, member] : made.opened.members)
    for (const uint32_t set : member.sets) made.opened.digest += digest_of_opened(set, address);
  put_opened_rows(made);
  return made;
}

}   // namespace sluice
