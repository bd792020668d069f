// SPDX-License-Identifier: GPL-2.0-or-later
// Rules into the tables of the generation that is not in force, then one store that switches over.
#pragma once

#include "engine/ebpf/tables.hpp"
#include "plan/rules_ebpf.hpp"

namespace sluice {

// On failure the rules in force are untouched.
Result<> put_rules(const Pins& pins, Tables& tables, const RulesEbpf& rules, uint64_t digest);

}   // namespace sluice
