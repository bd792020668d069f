// SPDX-License-Identifier: GPL-2.0-or-later
// Programs and tables, new or in place of others. Tables of another size are made beside those in use: the
// flows are written to them before the first packet comes there, and what came meanwhile when the last
// program has left the old ones.

#include "base/memory.hpp"
#include "engine/ebpf/engine_ebpf.hpp"
#include "engine/ebpf/flow_rows.hpp"
#include "engine/ebpf/take_over.hpp"
#include "kernel/bpf/programs.hpp"

namespace sluice {

Result<> EngineEbpf::carry_rows() {
  const uint32_t now = TRY(runner_->jiffies());
  const std::vector<FlowState> flows = pair_up(TRY(read_flows(*before_)), *tables_->config.operator->(), now);
  carried_ = TRY(take_over(flows));
  return {};
}

Result<std::optional<Step>> EngineEbpf::perform(const step::LoadPrograms& step) {
  const bool other_size = tables_ && step.sizes != TableSizes{} && TRY(sizes_of(*tables_)) != step.sizes;
  TRY(load_programs(pins_, step.sizes));
  if (other_size) before_ = std::move(tables_);
  TRY(open_tables());
  TRY(runner_->jiffies());   // who may not run them is told now, while nothing relies on them
  TRY(write_identity());
  if (other_size && rules_) TRY(carry_rows());
  return std::nullopt;   // loaded programs without rules carry nothing
}

// A million flows on their way are more memory than the daemon has use for afterwards.
Result<std::optional<Step>> EngineEbpf::perform(const step::CarryRows&) {
  if (before_) TRY(carry_rows());
  before_.reset();
  give_back_memory();
  return std::nullopt;
}

}   // namespace sluice
