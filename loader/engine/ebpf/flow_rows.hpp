// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of the flow tables as tuples and as what `show flows` tells.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "compile/common/rows.hpp"
#include "engine/ebpf/tables.hpp"
#include "engine/state.hpp"

namespace sluice {

struct FlowRow {
  sl_tuple tuple;
  sl_flow flow;
};

sl_tuple tuple_of(const sl_flow4_key& key);
sl_tuple tuple_of(const sl_flow6_key& key);
sl_tuple tuple_of(const FlowDirection& way, uint8_t protocol, uint16_t vrf);   // arrives in this VRF

// Both families, in pieces: the tables may be larger than what anybody wants to hold. each(tuple, sl_flow)
template <class Each>
Result<> for_each_flow(const Tables& tables, Each each) {
  const auto row = [&](const auto& key, const sl_flow& flow) { each(tuple_of(key), flow); };
  TRY(tables.flows4.for_each(row));
  return tables.flows6.for_each(row);
}

// The key of the other direction.
sl_tuple peer_of(const FlowRow& row);
// `row` is of the original direction; `peer` of the other one, null where there is none. `now` in jiffies.
// Without FlowState::shift, which the flow's slot says.
FlowState state_of(const FlowRow& row, const FlowRow* peer, const sl_config& config, uint32_t now);
inline bool is_proxied(const sl_flow& flow) { return flow.flags & SL_FLOW_SYNPROXY; }

// Single rows of the flow tables by their tuples, whichever family's table has them.
sl_flow4_key key4_of(const sl_tuple& tuple);
sl_flow6_key key6_of(const sl_tuple& tuple);

Result<std::optional<sl_flow>> find_flow(const Tables& tables, const sl_tuple& tuple);

// FlowState::shift of a flow by the row of its original direction. four(number) and six(number) find slots,
// of either family; who has none yet says it by itself (sl_flow_pair).
template <class Four, class Six>
Result<uint32_t> shift_of(const FlowRow& row, Four four, Six six) {
  if (!is_proxied(row.flow)) return 0;
  if (row.flow.slot == 0) return row.flow.tcp_ack;
  if (row.tuple.family == 4) {
    const std::optional<sl_flow_slot4> slot = TRY(four(row.flow.slot));
    return slot ? slot->head.delta : 0;
  }
  const std::optional<sl_flow_slot6> slot = TRY(six(row.flow.slot));
  return slot ? slot->head.delta : 0;
}
Result<uint32_t> shift_of(const Tables& tables, const FlowRow& row);

// The flows of the tables in pieces. Each is told by the row of its original direction; the other one is
// looked up by its key.

class FlowMemory;

class FlowWalk {
 public:
  // Appends what the next homes hold; false: those were the last. `now` in jiffies. `memory`: of these
  // tables, where somebody has it; null: the kernel is asked for each row.
  Result<bool> next(const Tables& tables, const FlowMemory* memory, uint32_t now,
                    std::vector<FlowState>& piece);

 private:
  uint64_t home_ = 0;   // of flows4, and behind them of flows6
};

// Appends those of these that are there; `originals` are the keys that they began with.
Result<> append_flows(const Tables& tables, const FlowMemory* memory, uint32_t now,
                      std::span<const sl_tuple> originals, std::vector<FlowState>& flows);

Result<std::vector<FlowState>> all_flows(const Tables& tables, uint32_t now);

// What live flows carried so far, by the number of the policy, forward or masquerade: it is not in
// object_counters yet.
Result<std::map<uint32_t, sl_object_count>> live_objects(const Tables& tables);

}   // namespace sluice
