// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's routes and rules for VRFs (docs/decisions/0018-vrfs.md): which table is asked for whose
// packets, and what stands in it.
#pragma once

#include "compile/common/numbered_rules.hpp"
#include "model/routing.hpp"
#include "plan/step.hpp"

namespace sluice {

// All of it, for the links that are there; without VRFs at most the rule that every machine begins with.
Routing wanted_routing(const Document& document, const Observed& observed,
                       const std::vector<PlannedLink>& links, EngineKind engine);

// What is missing, and what is too much.
void plan_new_routing(const Routing& wanted, const Routing& there, Plan& plan);
void plan_old_routing(const Routing& wanted, const Routing& there, Plan& plan);

// Routes that cannot be laid now: "route to 10.99.0.0/16 of VRF office: 10.20.0.254 is in none of its
// networks".
std::vector<std::string> routes_without_device(const Document& document,
                                               const std::vector<PlannedLink>& links);

// The settings under which packets for the gateway itself, and its answers, keep to their VRF.
void plan_vrf_settings(const Document& document, const Observed& observed, Plan& plan);
std::vector<std::string> vrf_sysctl_paths(const std::map<std::string, ObservedLink>& links);

}   // namespace sluice
