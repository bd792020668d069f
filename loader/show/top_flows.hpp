// SPDX-License-Identifier: GPL-2.0-or-later
// The flows that carry most, or are the first in another order, of one look at all of them. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "api/feed.hpp"
#include "base/result.hpp"
#include "show/first_rows.hpp"
#include "show/flow_rates.hpp"
#include "show/names.hpp"
#include "show/row_filter.hpp"

namespace sluice {

struct TopFlow {
  FlowState flow;
  std::optional<FlowRate> rate;
};

class TopFlows {
 public:
  // kUsage: they have no such order.
  static Result<TopFlows> of(const TopQuery& query);

  void note(const FlowState& flow, const std::optional<FlowRate>& rate, const Names& names);
  uint64_t matched() const { return matched_; }   // that passed the filter
  nlohmann::json take(const Names& names);        // rows as `show flows` has them, with rates

 private:
  TopFlows(const TopQuery& query, FirstRows<TopFlow>::Before before)
      : filter_(query.filter), first_(before, query.reverse, query.rows) {}

  RowFilter filter_;
  FirstRows<TopFlow> first_;
  uint64_t matched_ = 0;
};

}   // namespace sluice
