// SPDX-License-Identifier: GPL-2.0-or-later
// Another release's tables give way to those of this one, which are made beside them. Its programs go on, and
// its pins stay, until the revision is kept: until then all of it can be given back.
#include "base/memory.hpp"
#include "engine/ebpf/engine_ebpf.hpp"
#include "kernel/bpf/attach_tc.hpp"
#include "kernel/bpf/attach_xdp.hpp"
#include "kernel/bpf/load.hpp"
#include "kernel/bpf/program.hpp"

namespace sluice {

// A process before this one may have been killed when its tables were there already: then they hold flows
// that nobody else knows.
Result<> EngineEbpf::open_older() {
  older_ = TRY(OlderTables::open(pins_));
  TRY(refuse_foreign_pins());
  const Pins beside = pins_.beside();
  if (!beside.exist() || TRY(is_of_another_layout(beside))) return beside.remove_all();
  pins_ = beside;
  TRY(open_tables());
  if (tables_->config.version() != 0) return {};
  tables_.reset();
  pins_ = older_->pins();
  return beside.remove_all();
}

Result<> EngineEbpf::load_beside(const step::LoadPrograms& step) {
  const Pins beside = pins_.beside();
  TRY(beside.remove_all());
  const Result<> loaded = load_programs(beside, step.sizes);
  if (!loaded) {
    TRY(beside.remove_all());
    return loaded;
  }
  pins_ = beside;
  TRY(open_tables());
  TRY(runner_->jiffies());
  TRY(begin_touching());
  return write_identity();
}

Result<std::optional<Step>> EngineEbpf::perform(const step::CarryTables&) {
  if (!older_ || !rules_) return fail("there are no tables of another release, or no rules yet");
  TRY(older_->carry(*TRY(need_tables()), *runner_, *rules_));
  return std::nullopt;
}

Result<> EngineEbpf::carry_rest() {
  TRY(older_->carry_rest(*TRY(need_tables()), *runner_, *rules_));
  moved_ = true;
  carried_ = older_->carried().flows;
  carried_tables_ = older_->carried();
  return {};
}

// It may come back, and is not pinned.
Result<std::optional<Step>> EngineEbpf::leave_xdp_of_before(const step::DetachProgram& step) {
  if (UniqueFd program = open_single_xdp(step.index)) xdp_of_before_.push_back({step, std::move(program)});
  TRY(detach_xdp(step.link, step.index));
  return std::nullopt;
}

// Flows that began by the new programs end: the ones of before do not know them.
Result<std::optional<Step>> EngineEbpf::perform(const step::ReturnToTables&) {
  TRY(leave_places());
  if (!older_) return std::nullopt;
  const Pins of_before = older_->pins();
  for (const step::AttachProgram& place : exchanged_) {
    if (place.hook == Hook::kTcEgress) TRY(connect_egress(of_before));
    const UniqueFd program = TRY(of_before.open(of_before.program(side_of(place.hook))));
    if (attached_tc(place.index, place.hook))
      TRY(attach_tc(place.link, place.index, place.hook, program.get()));
  }
  for (const XdpOfBefore& xdp : xdp_of_before_) {
    TRY(detach_xdp(xdp.place.link, xdp.place.index));
    TRY(attach_single_xdp(xdp.place.link, xdp.place.index, xdp.program.get()));
  }
  TRY(of_before.beside().remove_all());
  close_tables();
  carried_tables_.reset();
  rules_ = nullptr;
  pins_ = of_before;
  older_ = TRY(OlderTables::open(of_before));
  return std::nullopt;
}

Result<std::optional<Step>> EngineEbpf::perform(const step::DropTables&) {
  if (!older_) return std::nullopt;
  const Pins pins = older_->pins();
  TRY(pins.take_beside());
  pins_ = pins;
  older_.reset();
  moved_ = false;
  exchanged_.clear();
  xdp_of_before_.clear();
  give_back_memory();
  return std::nullopt;
}

}   // namespace sluice
