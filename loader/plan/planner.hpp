// SPDX-License-Identifier: GPL-2.0-or-later
// The planner is pure: the same document and the same machine give the same steps, without root.
#pragma once

#include "base/result.hpp"
#include "compile/ebpf/policy_classes.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"
#include "plan/step.hpp"

namespace sluice {

// Steps that make the machine match the document, in the order in which they are safe: nothing is
// carried before it can be judged, nothing is admitted before the rules are there. Empty when it matches.
Result<Plan> make_plan(const Document& document, const Observed& observed);
// The same with what classify_policies() made of the document before.
Result<Plan> make_plan(const Document& document, const Observed& observed, SharedPolicyTables policies);

// Of that the steps that make devices, and nothing else; refuses what make_plan() refuses.
Result<Plan> plan_devices(const Document& document, const Observed& observed);

}   // namespace sluice
