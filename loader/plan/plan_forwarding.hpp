// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's own forwarding stays off where eBPF carries the traffic
// (docs/decisions/0003-kernel-forwarding-off.md) and is on between managed devices where nftables does.
#pragma once

#include "model/document.hpp"
#include "model/observed.hpp"
#include "plan/step.hpp"

namespace sluice {

// With the settings of links, which switching off would undo.
void plan_forwarding_off(const Document& document, const Observed& observed, Plan& plan);
// `now`: the values as the steps that are planned already leave them.
void plan_forwarding_on(const Document& document, const Observed& observed, SysctlValues now, Plan& plan);

// Connection tracking as the nftables engine needs it: it counts; it leaves checksums to the receivers, as
// routers do (RFC 1812 section 4.2.2), because it knows no UDP-Lite; and its timeouts are the document's also
// for flows that were taken over, which no `ct timeout` object can reach.
void plan_conntrack(const Document& document, const Observed& observed, Plan& plan);

// What it sets: the paths below /proc/sys.
std::vector<std::string> conntrack_sysctl_paths();

}   // namespace sluice
