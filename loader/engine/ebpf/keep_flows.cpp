// SPDX-License-Identifier: GPL-2.0-or-later
// Flows that another gateway carries, so that this one can go on with them at any moment.
#include "engine/ebpf/engine_ebpf.hpp"
#include "engine/ebpf/take_over.hpp"

namespace sluice {

// A few flows come at a time, and to map a table of a million takes as long as thousands of them.
Result<std::shared_ptr<FlowMemory>> EngineEbpf::keep_memory() {
  const Tables* tables = TRY(need_tables());
  if (!kept_) kept_ = std::make_shared<FlowMemory>(TRY(FlowMemory::of(*tables)));
  return kept_;
}

// A row of the same key that leads elsewhere is of an earlier flow, which has ended there.
Result<TakenOver> EngineEbpf::keep_flows(const std::vector<FlowState>& flows) {
  Tables* tables = TRY(need_tables());
  if (!rules_) return fail("the eBPF engine has no rules yet");
  TRY(keep_memory());
  const PairTimes times{.version = 0, .now = TRY(runner_->jiffies()), .hz = tables->config->hz};
  std::vector<FlowState> others;
  std::vector<sl_tuple> earlier, rows;
  for (const FlowState& flow : flows) {
    const FlowPair pair = make_flow_pair(flow, std::nullopt, times);
    const auto renewed = TRY(kept_->renew(pair));
    if (renewed == FlowMemory::Renewal::kDone) continue;
    if (renewed == FlowMemory::Renewal::kOther) earlier.push_back(pair.original.tuple);
    others.push_back(flow);
    rows.push_back(pair.original.tuple);
  }
  TRY(runner_->visit(earlier, Runner::Mode::kAll));
  TakenOver outcome = TRY(sluice::take_over(*tables, *runner_, others, *rules_));
  TRY(runner_->visit(rows, Runner::Mode::kAdopt));
  outcome.already += static_cast<uint32_t>(flows.size() - others.size());
  return outcome;
}

}   // namespace sluice
