// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/limit_classes.hpp"

#include <algorithm>

namespace sluice {
namespace {

constexpr size_t kWords = (kMostLimits + 1) / 64;

template <class Fits>
RuleSet those(const std::vector<Limit>& limits, Fits fits) {
  RuleSet set(kWords, 0);
  for (size_t i = 0; i < limits.size(); ++i)
    if (fits(limits[i])) add_rule(set, i);
  return set;
}

using Sets = std::set<RuleSet>;

template <class Key>
Sets sums_of(const std::map<Key, RuleSet>& tree) {
  Sets sums;
  for_each_nested(tree, [&](const Key&, const RuleSet& sum) { sums.insert(sum); });
  return sums;
}

template <class Name>
Sets values_of(const std::map<Name, RuleSet>& map) {
  Sets values;
  for (const auto& [name, set] : map) values.insert(set);
  return values;
}

bool is_empty(const RuleSet& set) {
  return std::all_of(set.begin(), set.end(), [](uint64_t word) { return word == 0; });
}

RuleSet both(const RuleSet& a, const RuleSet& b) {
  RuleSet set(kWords, 0);
  for (size_t i = 0; i < kWords; ++i) set[i] = a[i] & b[i];
  return set;
}

// Nothing is left where another dimension leaves nothing, so the sets stay few.
bool narrow(Sets& sets, const Sets& by) {
  Sets left;
  for (const RuleSet& one : sets)
    for (const RuleSet& other : by) {
      RuleSet set = both(one, other);
      if (!is_empty(set)) left.insert(std::move(set));
      if (left.size() > kMostLimitRows) return false;
    }
  sets = std::move(left);
  return true;
}

}   // namespace

LimitClasses::LimitClasses(const Document& document) {
  const auto& limits = document.limits;
  for (const Interface& interface : document.interfaces)
    arrivals[interface.name] = those(limits, [&](const Limit& limit) {
      return names(limit.from, interface.zone) && names(limit.interfaces, interface.name);
    });
  from_host = those(
      limits, [](const Limit& limit) { return limit.interfaces.empty() && names(limit.from, kHostZone); });
  to.push_back(those(limits, [](const Limit& limit) { return names(limit.to, kHostZone); }));
  for (const Zone& zone : document.zones)
    to.push_back(those(limits, [&](const Limit& limit) { return names(limit.to, zone.name); }));
  const RuleSet none(kWords, 0);
  const auto resolve_here = [&](const AddressMatch& match) { return resolve(match, document); };
  by_source = grow_trees(
      limits, none, sources, [](const Limit& l) -> const AddressMatch& { return l.source; }, resolve_here);
  by_destination = grow_trees(
      limits, none, destinations, [](const Limit& l) -> const AddressMatch& { return l.destination; },
      resolve_here);
  services = service_tree(limits, none);
  other_forwards = those(limits, [](const Limit& limit) { return !limit.forward; });
  for (const Limit& limit : limits)
    if (limit.forward)
      forwards[*limit.forward] = those(
          limits, [&](const Limit& other) { return !other.forward || *other.forward == *limit.forward; });
}

std::optional<std::set<RuleSet>> LimitClasses::possible() const {
  Sets arrived = values_of(arrivals), by_forward = values_of(forwards), all;
  arrived.insert(from_host);
  by_forward.insert(other_forwards);
  if (!narrow(arrived, Sets(to.begin(), to.end())) || !narrow(arrived, by_forward) ||
      !narrow(arrived, sums_of(services)))
    return std::nullopt;
  for (const auto& [source, destination] :
       {std::pair(&sources.ipv4, &destinations.ipv4), std::pair(&sources.ipv6, &destinations.ipv6)}) {
    Sets sets = arrived;
    if (!narrow(sets, sums_of(*source)) || !narrow(sets, sums_of(*destination))) return std::nullopt;
    all.insert(sets.begin(), sets.end());
  }
  return all.size() > kMostLimitRows ? std::nullopt : std::optional(std::move(all));
}

std::vector<size_t> limits_in(const RuleSet& set, const Document& document, LimitDirection direction) {
  std::vector<size_t> places;
  for (size_t i = 0; i < document.limits.size(); ++i)
    if ((set[i / 64] >> (i % 64) & 1) && goes(document.limits[i], direction)) places.push_back(i);
  return places;
}

}   // namespace sluice
