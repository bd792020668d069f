// SPDX-License-Identifier: GPL-2.0-or-later
// What devices have carried, as the kernel counts it, by their names.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "gateway/gateway.hpp"
#include "kernel/netlink/link_counts.hpp"

namespace sluice {

using DeviceCounts = std::map<std::string, LinkCount, std::less<>>;
Result<DeviceCounts> counts_of_devices(Gateway& gateway);

}   // namespace sluice
