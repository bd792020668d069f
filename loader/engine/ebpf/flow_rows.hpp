// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of the flow tables as tuples and as what `show flows` tells.
#pragma once

#include <vector>

#include "engine/ebpf/tables.hpp"
#include "engine/state.hpp"
#include "plan/rows.hpp"

namespace sluice {

struct FlowRow {
  sl_tuple tuple;
  sl_flow flow;
};

sl_tuple tuple_of(const sl_flow4_key& key);
sl_tuple tuple_of(const sl_flow6_key& key);

// Both families, in pieces: the tables may be larger than what anybody wants to hold. each(tuple, sl_flow)
template <class Each>
Result<> for_each_flow(const Tables& tables, Each each) {
  const auto row = [&](const auto& key, const sl_flow& flow) { each(tuple_of(key), flow); };
  TRY(tables.flows4.for_each(row));
  return tables.flows6.for_each(row);
}
Result<std::vector<FlowRow>> read_flows(const Tables& tables);

// The key of the other direction.
sl_tuple peer_of(const FlowRow& row);
// Index into sl_config.timeout, as the packet path chooses it (bpf/state/timeout.h).
enum sl_timeout timeout_kind(uint8_t protocol, uint8_t state);
std::vector<FlowState> pair_up(const std::vector<FlowRow>& rows, const sl_config& config, uint32_t now);

}   // namespace sluice
