// SPDX-License-Identifier: GPL-2.0-or-later
// What counters of rows do a second, by looks at them, and the first rows in an order. Pure.
#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/feed.hpp"

namespace sluice {

using RowCounts = std::vector<std::optional<uint64_t>>;

// Of one list.
class RowRates {
 public:
  using Clock = std::chrono::steady_clock;

  // Each row gets COUNTER_per_second for each of its counters: null where the row was not there before, or
  // the counter has gone back. `key`: fields that tell rows apart.
  void add(nlohmann::json& rows, std::span<const char* const> key, std::span<const char* const> counters,
           Clock::time_point now);
  void forget() { before_.clear(); }

 private:
  struct Seen {
    RowCounts counts;
    Clock::time_point at;
    std::vector<nlohmann::json> rates;
  };
  std::map<std::string, Seen> before_;
};

// Those that pass the filter of `query`, in its order, as many as it wants; `matched`: how many passed. Rows
// without a value come last.
nlohmann::json first_of(const nlohmann::json& rows, const TopQuery& query, uint64_t& matched);

}   // namespace sluice
