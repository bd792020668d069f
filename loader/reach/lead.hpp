// SPDX-License-Identifier: GPL-2.0-or-later
// Has tunnels send where their paths lead.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/path.hpp"

namespace sluice {

// Of this device, which was told `tunnel`. A peer that already goes there is left alone. Any other is spoken
// to at once, so that it answers the same way. The others: what was on its way to us by the old path may lead
// them back there. Peers whose `keepalive_by_nat` is set get the keepalive of `tunnel`, if they have another.
Result<std::vector<PathNews>> lead_tunnel(const std::string& device, const Tunnel& tunnel,
                                          const std::vector<PathNews>& paths);

// After which time tunnels are looked after again, where some were led, or none.
constexpr std::chrono::milliseconds lead_pause(bool has_led) {
  return std::chrono::milliseconds(has_led ? 200 : 1'000);
}

}   // namespace sluice
