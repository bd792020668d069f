// SPDX-License-Identifier: GPL-2.0-or-later
// What tc does with a device.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/netlink/socket.hpp"
#include "kernel/probe.hpp"

namespace sluice {

// Whether clsact has any filter, whoever put it there, at `parent` (TC_H_MIN_INGRESS or TC_H_MIN_EGRESS).
Result<bool> has_filters(RtnlSocket& rtnl, uint32_t index, uint32_t parent);

// A clsact that sluice no longer uses stays until sluice lets go of its device: the kernel stops a device for
// a moment when its clsact comes or goes. Its mark is a chain of filters that has none; no packet is looked
// at for that.
Result<> mark_clsact(RtnlSocket& rtnl, const std::string& link, uint32_t index);   // it may be marked already
// False: none was there.
Result<bool> take_mark_off_clsact(RtnlSocket& rtnl, const std::string& link, uint32_t index);

// Whether this process may change what tc does in its network namespace. Asked about a device that does not
// exist, so that nothing can come of it.
ProbeRow probe_tc_change();

}   // namespace sluice
