// SPDX-License-Identifier: GPL-2.0-or-later
// Programs and tables, new or in place of others. Tables of another size are made beside those in use: the
// flows are written to them before the first packet comes there, and what came meanwhile when the last
// program has left the old ones.

#include "kernel/bpf/load.hpp"

#include <future>

#include "base/memory.hpp"
#include "engine/ebpf/engine_ebpf.hpp"
#include "engine/ebpf/flow_rows.hpp"
#include "engine/ebpf/take_over.hpp"
#include "kernel/bpf/attach_tc.hpp"
#include "kernel/bpf/attach_xdp.hpp"

namespace sluice {

Result<> EngineEbpf::carry_rows() {
  const uint32_t now = TRY(runner_->jiffies());
  carried_ = TRY(take_over(TRY(all_flows(*before_, now))));
  return {};
}

// Who cannot be held is attached later all the same, or says then why it cannot be.
void EngineEbpf::hold_places(const std::vector<step::AttachProgram>& places) {
  for (const step::AttachProgram& place : places)
    if (hold_place(place.link, place.index, place.hook).value_or(false)) held_.push_back(place);
}

Result<> EngineEbpf::leave_places() {
  for (const step::AttachProgram& place : std::exchange(held_, {}))
    TRY(detach_tc(place.link, place.index, place.hook));
  return {};
}

Result<> EngineEbpf::begin_touching() {
  toucher_.begin(pins_, TRY(use_of(tables_->flow_slots4.fd())).size,
                 TRY(use_of(tables_->flow_slots6.fd())).size);
  return {};
}

Result<> EngineEbpf::load(const step::LoadPrograms& step) {
  if (older_ && !tables_) return load_beside(step);
  const bool other_size = tables_ && step.sizes != TableSizes{} && TRY(sizes_of(*tables_)) != step.sizes;
  TRY(load_programs(pins_, step.sizes));
  if (other_size) before_ = std::move(tables_);
  TRY(open_tables());
  TRY(runner_->jiffies());   // who may not run them is told now, while nothing relies on them
  TRY(write_identity());
  TRY(begin_touching());
  if (other_size && rules_) TRY(carry_rows());
  return {};   // loaded programs without rules carry nothing
}

Result<std::optional<Step>> EngineEbpf::perform(const step::LoadPrograms& step) {
  auto beside = std::async(std::launch::async, [&] { hold_places(step.places); });
  const Result<> loaded = load(step);
  beside.get();
  if (loaded && older_) return Step(step::ReturnToTables{});
  if (loaded) return held_.empty() ? std::nullopt : std::optional<Step>(step::LeavePlaces{});
  TRY(leave_places());
  return std::unexpected(loaded.error());
}

Result<std::optional<Step>> EngineEbpf::perform(const step::LeavePlaces&) {
  TRY(leave_places());
  return std::nullopt;
}

// A million flows on their way are more memory than the daemon has use for afterwards.
Result<std::optional<Step>> EngineEbpf::perform(const step::CarryRows&) {
  if (before_) TRY(carry_rows());
  before_.reset();
  if (older_ && !moved_) TRY(carry_rest());
  give_back_memory();
  return std::nullopt;
}

// As long as anything of it is pinned it counts as loaded, and is taken off at the next try.
Result<> EngineEbpf::unload() {
  const Pins all = older_ ? older_->pins() : pins_;
  TRY(all.remove_all());
  close_tables();
  pins_ = all;
  rules_ = nullptr;
  remove_empty_libxdp_folder();
  return {};
}

// The flows went to the other engine before; what is left here ends with the maps.
Result<std::optional<Step>> EngineEbpf::perform(const step::UnloadPrograms&) {
  TRY(unload());
  return std::nullopt;
}

}   // namespace sluice
