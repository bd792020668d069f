// SPDX-License-Identifier: GPL-2.0-or-later
// The lists of `sluice top` that cost no look at flows, and what stands above all of them.
#pragma once

#include <map>
#include <nlohmann/json.hpp>

#include "gateway/gateway.hpp"
#include "show/row_rates.hpp"

namespace sluice {

class TopLists {
 public:
  // All rows of one: interfaces, tenants, drops or endpoints, with rates since the look before.
  Result<nlohmann::json> rows(Gateway& gateway, TopKind kind, RowRates::Clock::time_point now);
  // Of services, by what the engine counted.
  Result<nlohmann::json> services(Gateway& gateway, const std::vector<ObjectCount>& objects,
                                  RowRates::Clock::time_point now);
  // Name, engine and state of the gateway, how many flows there are, and what came in a second.
  Result<nlohmann::json> head(Gateway& gateway, RowRates::Clock::time_point now);
  void forget();

 private:
  std::map<TopKind, RowRates> rates_;
  RowRates head_;
};

}   // namespace sluice
