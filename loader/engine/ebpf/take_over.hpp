// SPDX-License-Identifier: GPL-2.0-or-later
// Flows and counts of another engine into the tables, so that the packet path goes on with them.
#pragma once

#include <vector>

#include "compile/common/numbered_rules.hpp"
#include "engine/ebpf/mapping_claims.hpp"
#include "engine/ebpf/runner.hpp"
#include "engine/ebpf/tables.hpp"
#include "engine/state.hpp"

namespace sluice {

// `rules` are those in force. The rows say that they were checked against
// another generation: the first packet of either direction, or the garbage collection of flows that are no
// longer allowed, judges the flow by the rules before it is believed. May run while packets pass; a flow that
// is in the tables already stays as it is.
//
// Needs of each flow its zones and interfaces as `show flows` tells them. A failure is one of the tables as a
// whole; a flow that cannot be taken over is left, with a sentence.
Result<TakenOver> take_over(Tables& tables, Runner& runner, const std::vector<FlowState>& flows,
                            const NumberedRules& rules, MappingClaims::Flags mapping_flags = {});

// Totals of the named rules, live flows included: after take_over(), because what the live flows carry is
// added again whenever it is asked for.
Result<> set_object_counts(Tables& tables, const std::vector<ObjectCount>& counts);

}   // namespace sluice
