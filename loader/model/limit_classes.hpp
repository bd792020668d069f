// SPDX-License-Identifier: GPL-2.0-or-later
// Which limits can concern the same flow. Each dimension leaves some of the limits; what all of them leave
// together is a row of the fast path's table, so there may be only so many of these.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/document.hpp"

namespace sluice {

inline constexpr size_t kMostLimits = 255, kMostLimitsPerFlow = 4, kMostLimitRows = 65'535;

struct LimitClasses {
  explicit LimitClasses(const Document& document);

  std::map<std::string, RuleSet> arrivals;   // by interface
  RuleSet from_host;
  std::vector<RuleSet> to;   // by zone, as it is numbered: 0 is the gateway
  AddressTrees sources, destinations;
  std::map<ServiceKey, RuleSet> services;
  std::map<std::string, RuleSet> forwards;   // those that a limit names
  RuleSet other_forwards;
  bool by_source = false, by_destination = false;

  // Every set of limits that a flow can have, but the empty one; nullopt: more than kMostLimitRows.
  std::optional<std::set<RuleSet>> possible() const;
};

// The limits of the set that speak of this direction, by their place in the document.
std::vector<size_t> limits_in(const RuleSet& set, const Document& document, LimitDirection direction);

}   // namespace sluice
