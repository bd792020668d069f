// SPDX-License-Identifier: GPL-2.0-or-later
// What tc does with a device.
#pragma once

#include <cstdint>

#include "kernel/netlink/socket.hpp"
#include "kernel/probe.hpp"

namespace sluice {

// Whether clsact has any filter, whoever put it there, at `parent` (TC_H_MIN_INGRESS or TC_H_MIN_EGRESS).
Result<bool> has_filters(RtnlSocket& rtnl, uint32_t index, uint32_t parent);

// Whether this process may change what tc does in its network namespace. Asked about a device that does not
// exist, so that nothing can come of it.
ProbeRow probe_tc_change();

}   // namespace sluice
