// SPDX-License-Identifier: GPL-2.0-or-later
// Where the two ends of a flow are. Connection tracking does not know it, the rules and the routes do.
#pragma once

#include "base/result.hpp"
#include "compile/common/judge.hpp"
#include "compile/common/numbered_rules.hpp"
#include "engine/state.hpp"
#include "kernel/netlink/routes.hpp"

namespace sluice {

// Sets ifindex_in and ifindex_out by where the routes of their VRFs lead to the two ends; 0: the gateway, or
// no route. An end of no known zone is the gateway where its address is.
Result<> find_interfaces(FlowState& flow, RouteCache& routes);

// The same, also where the rules in force do not know the number of the flow's zones any more: then its
// vrf_out becomes the VRF that a first packet would go to now.
Result<> find_ends(FlowState& flow, const Judge& judge, RouteCache& routes);

// The same by the rules in force, for a flow that is judged again: routes that lead elsewhere end no flow of
// a source that an interface of its zone believes all the same ("anti_spoofing").
Result<> find_ends_again(FlowState& flow, const Judge& judge, RouteCache& routes);

// Where a source is believed that the routes do not lead to ("anti_spoofing"), its packets came in by another
// interface: the only one of its zone; 0: the zone has several.
void keep_to_zone(FlowState& flow, const NumberedRules& rules);

// The zones of its interfaces, whatever its mark says: rules and routes may have changed.
void place(FlowState& flow, const NumberedRules& rules);

FlowEnds ends_of(const FlowState& flow);

// Datagrams to a group end at the gateway and are answered by other addresses: not what a flow is.
bool is_to_many(const FlowState& flow);

}   // namespace sluice
