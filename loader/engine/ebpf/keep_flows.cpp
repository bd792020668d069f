// SPDX-License-Identifier: GPL-2.0-or-later
// Flows that another gateway carries, so that this one can go on with them at any moment.
#include "engine/ebpf/engine_ebpf.hpp"
#include "engine/ebpf/take_over.hpp"

namespace sluice {

// A row of the same key that leads elsewhere is of an earlier flow, which has ended there. A few flows come
// at a time, and to map a table of a million takes as long as thousands of them.
Result<TakenOver> EngineEbpf::keep_flows(const std::vector<FlowState>& flows) {
  Tables* tables = TRY(need_tables());
  if (!rules_) return fail("the eBPF engine has no rules yet");
  if (!kept_) kept_.emplace(TRY(FlowMemory::of(*tables)));
  const PairTimes times{.version = 0, .now = TRY(runner_->jiffies()), .hz = tables->config->hz};
  std::vector<FlowState> others;
  std::vector<sl_tuple> rows;
  for (const FlowState& flow : flows) {
    const FlowPair pair = make_flow_pair(flow, std::nullopt, times);
    if (TRY(kept_->renew(pair))) continue;
    others.push_back(flow);
    rows.push_back(pair.original.tuple);
  }
  TRY(runner_->visit(rows, Runner::Mode::kAll));
  TakenOver outcome = TRY(sluice::take_over(*tables, *runner_, others, *rules_));
  TRY(runner_->visit(rows, Runner::Mode::kAdopt));
  outcome.already += static_cast<uint32_t>(flows.size() - others.size());
  return outcome;
}

}   // namespace sluice
