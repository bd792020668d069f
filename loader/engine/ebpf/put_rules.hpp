// SPDX-License-Identifier: GPL-2.0-or-later
// Rules into the tables of the generation that is not in force, then one store that switches over.
#pragma once

#include "engine/ebpf/tables.hpp"
#include "plan/rules_ebpf.hpp"

namespace sluice {

// On failure the rules in force are untouched.
Result<> put_rules(const Pins& pins, Tables& tables, const RulesEbpf& rules, uint64_t digest);

// What restore_rules needs to go back over the switch.
struct RulesMark {
  uint64_t digest;
  std::array<uint32_t, SL_TIMEOUT_COUNT> timeouts;   // jiffies
};
RulesMark mark_of(const Tables& tables);
// Back to the generation before the last put_rules: its tables are still there.
void restore_rules(Tables& tables, const RulesMark& mark);

}  // namespace sluice
