// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/flow_walk.hpp"

#include "engine/ebpf/flow_rows.hpp"

namespace sluice {
namespace {

constexpr uint32_t kHomesAtOnce = 1024;

template <class Table>
Result<> append_originals(const Table& table, uint64_t first, std::vector<FlowRow>& rows) {
  const auto keep = [&](const auto& key, const sl_flow& flow) {
    if (!(flow.flags & SL_FLOW_REPLY)) rows.push_back({sluice::tuple_of(key), flow});
  };
  return table.for_some(static_cast<uint32_t>(first), kHomesAtOnce, keep);
}

}   // namespace

Result<bool> FlowWalk::next(const Tables& tables, uint32_t now, std::vector<FlowState>& piece) {
  const uint64_t homes4 = tables.flows4.homes(), homes6 = tables.flows6.homes();
  std::vector<FlowRow> rows;
  if (home_ < homes4) {
    TRY(append_originals(tables.flows4, home_, rows));
    home_ = std::min(home_ + kHomesAtOnce, homes4);
  } else if (home_ < homes4 + homes6) {
    TRY(append_originals(tables.flows6, home_ - homes4, rows));
    home_ += kHomesAtOnce;
  }
  for (const FlowRow& row : rows) {
    const sl_tuple key = peer_of(row);
    const auto flow = TRY(find_flow(tables, key));
    const std::optional<FlowRow> peer = flow ? std::optional(FlowRow{key, *flow}) : std::nullopt;
    piece.push_back(state_of(row, peer ? &*peer : nullptr, *tables.config.operator->(), now));
  }
  return home_ < homes4 + homes6;
}

Result<std::vector<FlowState>> all_flows(const Tables& tables, uint32_t now) {
  std::vector<FlowState> flows;
  FlowWalk walk;
  while (TRY(walk.next(tables, now, flows))) {
  }
  return flows;
}

Result<std::map<uint32_t, sl_object_count>> live_counts(const Tables& tables) {
  std::map<uint32_t, sl_object_count> live;
  TRY(for_each_flow(tables, [&](const sl_tuple&, const sl_flow& flow) {
    const auto add = [&](uint32_t number) {
      live[number].packets += flow.packets;
      live[number].bytes += flow.bytes;
    };
    add(flow.policy);
    if (flow.nat != flow.policy) add(flow.nat);
  }));
  return live;
}

}   // namespace sluice
