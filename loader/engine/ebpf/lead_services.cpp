// SPDX-License-Identifier: GPL-2.0-or-later
// Services of the rules in force are led to other backends, and flows of those that were left end.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/ebpf/engine_ebpf.hpp"
#include "plan/plan_services.hpp"

namespace sluice {
namespace {

std::span<const sl_backend_row> members_of(const ServiceBlock& block) {
  return std::span(block.rows).first(block.members);
}

bool leads_elsewhere(const sl_backend& a, const sl_backend& b) {
  return std::memcmp(&a.to, &b.to, sizeof(a.to)) != 0 || a.to_port != b.to_port || a.vrf != b.vrf;
}

}   // namespace

Result<> EngineEbpf::observe_rules(ObservedEngine& seen) {
  if (!tables_) return {};
  seen.loaded = true;
  if (const uint32_t version = tables_->config.version())
    seen.rules_digest = text_of_digest(tables_->config->rules_digest[SL_SLOT_OF(version)]);
  seen.object_ids = TRY(objects_of(*tables_, in_force_));
  seen.room = room();
  return {};
}

void EngineEbpf::know_rules(const Plan& plan, const Document&) {
  rules_ = plan.rules;
  led_ = opened_in_place_ = false;
}

// What was changed in place stands in the rules as soon as somebody asks.
std::shared_ptr<const NumberedRules> EngineEbpf::rules() {
  if (rules_ && std::exchange(led_, false))
    rules_ = std::make_shared<const NumberedRules>(with_blocks(*rules_, live_->changed()));
  if (rules_ && std::exchange(opened_in_place_, false)) {
    auto made = std::make_shared<NumberedRules>(*rules_);
    made->policies =
        std::make_shared<const PolicyTables>(with_members(*rules_->policies, addresses_->members()));
    rules_ = std::move(made);
  }
  return rules_;
}

// The rules in force are others.
void EngineEbpf::forget_live() {
  live_.reset();
  addresses_.reset();
  led_ = opened_in_place_ = false;
}

// None where the rules in force are not known, or this process may not open their tables.
uint32_t EngineEbpf::room() {
  if (!live_ && rules_)
    if (auto live = LiveServices::open(pins_, *tables_, *rules_)) live_ = std::move(*live);
  return live_ ? live_->room() : 0;
}

Result<std::optional<Step>> EngineEbpf::perform(const step::LeadService& step) {
  Tables& tables = *TRY(need_tables());
  if (room() == 0) return fail("there is no room beside the rules in force");
  for (const char* name : {"forwards", "backends"})
    in_force_.tables.erase(name);   // rules that come take others
  if (auto led = live_->lead(tables, step); !led) {
    rules();   // with what was led elsewhere before
    live_.reset();
    return std::unexpected(led.error());
  }
  led_ = true;
  note_left(step);
  return Step(step::LeadService{step.name, step.family, step.object, step.previous, step.block,
                                step.previous_digest, step.digest});
}

// Where the tables in force cannot be opened, the rules are exchanged. So they are where it fails.
Result<bool> EngineEbpf::open_addresses(const std::vector<OpenedChange>& changes) {
  if (!tables_ || !rules_) return false;
  if (!addresses_)
    if (auto live = LiveAddresses::open(pins_, *tables_, rules())) addresses_ = std::move(*live);
  if (!addresses_) return false;
  for (const char* name : {"policy_dest", "policy_bits"}) in_force_.tables.erase(name);
  auto changed = addresses_->change(*tables_, changes);
  opened_in_place_ |= changed && *changed;
  if (changed && *changed) return true;
  rules();   // with what was opened before
  addresses_.reset();
  return changed;
}

// Who is not there any more, is somewhere else, or is down since.
void EngineEbpf::note_left(const step::LeadService& step) {
  const auto now = members_of(*step.block);
  for (const sl_backend_row& before : members_of(*step.previous)) {
    const auto at = std::ranges::find(now, before.backend.object,
                                      [](const sl_backend_row& row) { return row.backend.object; });
    if (at == now.end() || leads_elsewhere(at->backend, before.backend) ||
        (at->backend.flags & ~before.backend.flags))
      left_.insert(before.backend.object);
  }
}

}   // namespace sluice
