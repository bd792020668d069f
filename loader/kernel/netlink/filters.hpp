// SPDX-License-Identifier: GPL-2.0-or-later
// tc filters of a device, whoever put them there.
#pragma once

#include <cstdint>

#include "kernel/netlink/rtnl_socket.hpp"

namespace sluice {

// Whether clsact has any filter at `parent` (TC_H_MIN_INGRESS or TC_H_MIN_EGRESS).
Result<bool> has_filters(RtnlSocket& rtnl, uint32_t index, uint32_t parent);

}   // namespace sluice
