// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain/limits.hpp"

#include <algorithm>

#include "base/protocol.hpp"
#include "explain/question.hpp"
#include "model/limit_classes.hpp"

namespace sluice::detail {
namespace {

void keep(RuleSet& set, const RuleSet& with) {
  for (size_t i = 0; i < set.size(); ++i) set[i] &= i < with.size() ? with[i] : 0;
}

// What the smallest part of the tree that holds the key says.
template <class Key>
RuleSet class_of(const std::map<Key, RuleSet>& tree, const Key& key) {
  RuleSet found;
  for_each_nested(tree, [&](const Key& outer, const RuleSet& sum) {
    if (contains(outer, key)) found = sum;
  });
  return found;
}

RuleSet class_of(const AddressTrees& trees, const IpAddress& address) {
  return class_of(address.is_ipv4() ? trees.ipv4 : trees.ipv6, AddressKey{address.bytes(), 128});
}

ServiceKey service_of(const LimitQuestion& asked) {
  if (!has_ports(asked.protocol)) return {uint32_t{asked.protocol} << 16, 8};
  return {uint32_t{asked.protocol} << 16 | asked.destination.port, 24};
}

}   // namespace

std::vector<const Limit*> limits_of(const LimitQuestion& asked, const Document& document) {
  if (document.limits.empty()) return {};
  const LimitClasses classes(document);
  RuleSet set = classes.arrivals.at(asked.interface);
  keep(set, classes.to.at(asked.zone_out));
  keep(set, class_of(classes.sources, asked.source));
  keep(set, class_of(classes.destinations, asked.destination.address));
  keep(set, class_of(classes.services, service_of(asked)));
  const auto forward = classes.forwards.find(asked.forward);
  keep(set, forward == classes.forwards.end() ? classes.other_forwards : forward->second);
  std::vector<const Limit*> found;
  for (size_t i = 0; i < document.limits.size(); ++i)
    if (set[i / 64] >> (i % 64) & 1) found.push_back(&document.limits[i]);
  return found;
}

}   // namespace sluice::detail
