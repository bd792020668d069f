// SPDX-License-Identifier: GPL-2.0-or-later
// Policies that an earlier one covers entirely. Only cover by one single policy is found.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/cover_sketch.hpp"

namespace sluice::config {
namespace {

// Comparing each with each is the square of the policies; past this nothing more is looked for: it is
// only a warning, and check stays quick with 100,000 of them.
constexpr size_t kMostComparisons = 5'000'000;

using Sets = std::map<std::string_view, const std::vector<Prefix>*>;

template <class T>
bool holds_all(const std::vector<T>& wide, const std::vector<T>& narrow) {
  return std::all_of(narrow.begin(), narrow.end(),
                     [&](const T& one) { return std::find(wide.begin(), wide.end(), one) != wide.end(); });
}

// An empty list means anything.
bool covers_protocols(const std::vector<uint8_t>& wide, const std::vector<uint8_t>& narrow) {
  return wide.empty() || (!narrow.empty() && holds_all(wide, narrow));
}

bool covers_ports(const std::vector<PortRange>& wide, const std::vector<PortRange>& narrow) {
  const auto is_covered = [&](const PortRange& one) {
    return std::any_of(wide.begin(), wide.end(),
                       [&](auto& w) { return w.first <= one.first && one.last <= w.last; });
  };
  return wide.empty() || (!narrow.empty() && std::all_of(narrow.begin(), narrow.end(), is_covered));
}

std::vector<Prefix> flatten(const AddressMatch& match, const Sets& sets) {
  auto prefixes = match.prefixes;
  for (const auto& name : match.sets)
    if (const auto at = sets.find(name); at != sets.end())
      prefixes.insert(prefixes.end(), at->second->begin(), at->second->end());
  return prefixes;
}

size_t size_of(const AddressMatch& match, const Sets& sets) {
  size_t size = match.prefixes.size();
  for (const auto& name : match.sets)
    if (const auto at = sets.find(name); at != sets.end()) size += at->second->size();
  return size;
}

constexpr size_t kMostPairs = 1000;   // of large sets only the names are compared

bool covers_prefixes(const std::vector<Prefix>& wide, const std::vector<Prefix>& narrow) {
  if (narrow.empty()) return false;
  return std::all_of(narrow.begin(), narrow.end(), [&](const Prefix& one) {
    return std::any_of(wide.begin(), wide.end(), [&](const Prefix& w) { return w.contains(one); });
  });
}

bool covers_addresses(const AddressMatch& wide, const AddressMatch& narrow, const Sets& sets) {
  if (wide.any()) return true;
  if (narrow.any()) return false;
  if (holds_all(wide.prefixes, narrow.prefixes) && holds_all(wide.sets, narrow.sets)) return true;
  if (size_of(wide, sets) * size_of(narrow, sets) > kMostPairs) return false;   // before they are copied
  if (wide.sets.empty() && narrow.sets.empty()) return covers_prefixes(wide.prefixes, narrow.prefixes);
  return covers_prefixes(flatten(wide, sets), flatten(narrow, sets));
}

bool covers(const Policy& wide, const Policy& narrow, const Sets& sets) {
  return holds_all(wide.from, narrow.from) && holds_all(wide.to, narrow.to) &&
         covers_protocols(wide.protocols, narrow.protocols) && covers_ports(wide.ports, narrow.ports) &&
         covers_addresses(wide.source, narrow.source, sets) &&
         covers_addresses(wide.destination, narrow.destination, sets);
}

Sets sets_of(const Draft& draft) {
  Sets sets;
  for (const auto& set : draft.sets) sets.try_emplace(set.value.first, &set.value.second);
  return sets;
}

bool is_complete(const Policy& policy) { return !policy.from.empty() && !policy.to.empty(); }

// Of one pair of zones, in rows of the same length: the first two are run through as a whole.
struct Earlier {
  std::vector<uint16_t> first_ports, last_ports;
  std::vector<CoverSketch> sketches;
  std::vector<const Policy*> policies;
};

// How many are asked for their ports at once: without a way out between them the compiler asks several in one
// instruction.
constexpr size_t kBlock = 128;

bool any_reaches(const Earlier& earlier, size_t begin, size_t end, PortReach ports) {
  uint16_t any = 0;
  for (size_t i = begin; i < end; ++i) {
    const uint16_t from = earlier.first_ports[i] <= ports.first, to = ports.last <= earlier.last_ports[i];
    any |= from & to;
  }
  return any;
}

// The policies before: whoever covers a policy covers its first pair.
using Before = std::map<std::pair<std::string_view, std::string_view>, Earlier>;

void add_to(Before& before, const Policy& policy) {
  for (const auto& from : policy.from)
    for (const auto& to : policy.to) {
      Earlier& earlier = before[{from, to}];
      const PortReach ports(policy);
      earlier.first_ports.push_back(ports.first);
      earlier.last_ports.push_back(ports.last);
      earlier.sketches.emplace_back(policy);
      earlier.policies.push_back(&policy);
    }
}

const Policy* find_cover(const Before& before, const Policy& policy, const Sets& sets, size_t& comparisons) {
  const auto at = before.find({policy.from.front(), policy.to.front()});
  if (at == before.end()) return nullptr;
  const CoverSketch sketch(policy);
  const PortReach ports(policy);
  const Earlier& earlier = at->second;
  const size_t count = std::min(earlier.policies.size(), kMostComparisons - comparisons);
  comparisons += count;
  for (size_t block = 0; block < count; block += kBlock) {
    const size_t end = std::min(block + kBlock, count);
    if (!any_reaches(earlier, block, end, ports)) continue;
    for (size_t i = block; i < end; ++i)
      if (CoverSketch::may_cover(earlier.sketches[i], sketch) && covers(*earlier.policies[i], policy, sets))
        return earlier.policies[i];
  }
  return nullptr;
}

}   // namespace

void check_policies(Draft& draft) {
  const Sets sets = sets_of(draft);
  Before before;
  size_t comparisons = 0;
  for (const auto& [policy, node] : draft.policies) {
    if (!is_complete(policy)) continue;
    if (const Policy* cover = find_cover(before, policy, sets, comparisons))
      draft.complaints.warn(*node,
                            fmt::format("policy {} can never match: {} on line {} covers it",
                                        quote(policy.name), quote(cover->name), cover->line),
                            "put it before, or remove it");
    add_to(before, policy);
  }
}

}   // namespace sluice::config
