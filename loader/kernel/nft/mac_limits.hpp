// SPDX-License-Identifier: GPL-2.0-or-later
// `table bridge sluice`: who speaks by a port of a bridge is remembered for five minutes, and once the port
// has as many as it may, frames of others are dropped. Both engines have the same: neither sees frames that
// pass between ports of a bridge.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/mac_limits.hpp"

namespace sluice {

Result<ObservedMacLimits> observe_mac_limits();
// Why the kernel can have no such table; empty: it can.
std::string refusal_of_mac_limits();

// Ports whose limit stays keep what they remember, unless somebody changed the table meanwhile. None: the
// table goes.
Result<> put_mac_limits(const MacLimits& limits);

struct MacDrops {
  std::string device;
  uint64_t packets = 0, bytes = 0;
};
Result<std::vector<MacDrops>> count_mac_drops();

// Pure parts.
std::string mac_limits_transaction(const ObservedMacLimits& seen, const MacLimits& wanted);
// `table` without the elements of sets, and `ports`, the map of ports.
ObservedMacLimits read_mac_limits(const nlohmann::json& table, const nlohmann::json& ports);
std::vector<MacDrops> read_mac_drops(const nlohmann::json& counters);

}   // namespace sluice
