// SPDX-License-Identifier: GPL-2.0-or-later
// The interfaces of a flow: connection tracking does not know them, the routes do.
#pragma once

#include "compile/common/numbered_rules.hpp"
#include "engine/state.hpp"
#include "kernel/netlink/routes.hpp"

namespace sluice {

// Sets ifindex_in and ifindex_out by where the routes of their VRFs lead to the two ends; 0: the gateway, or
// no route.
Result<> find_interfaces(FlowState& flow, RouteCache& routes);

// Where a source is believed that the routes do not lead to ("anti_spoofing"), its packets came in by another
// interface: the only one of its zone; 0: the zone has several.
void keep_to_zone(FlowState& flow, const NumberedRules& rules);

}   // namespace sluice
