// SPDX-License-Identifier: GPL-2.0-or-later
// What /proc/sys has for each device, as the list of devices says it: one question for a thousand devices,
// and not ten files for each.
#pragma once

#include "kernel/netlink/attributes.hpp"
#include "model/link_setting.hpp"

namespace sluice {

// From IFLA_AF_SPEC of a device.
LinkSettings parse_link_settings(const Attributes& families);

}   // namespace sluice
