// SPDX-License-Identifier: GPL-2.0-or-later
// The managed interfaces as they will be: addresses after the plan, and the hook that carries them.
#pragma once

#include "compile/common/numbered_rules.hpp"
#include "plan/step.hpp"

namespace sluice {

// Interfaces that exist; what is missing or cannot be had goes to plan.degraded, choices to plan.notes.
// Hooks are chosen where eBPF carries the traffic.
std::vector<PlannedLink> plan_links(const Document& document, const Observed& observed, EngineKind engine,
                                    Plan& plan);

// Why tc and not XDP on this kind of device; empty: XDP is worth trying.
std::string reason_for_tc(const ObservedLink& link);

}   // namespace sluice
