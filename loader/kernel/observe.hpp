// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the part of the machine that the planner needs and that is not sluice's own. Needs no privilege.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/observed.hpp"

namespace sluice {

// Fills `links`, with their addresses, and `sysctls`; the engine and the store fill the rest. A device
// that goes while it is being looked at is left out or has no settings.
Result<Observed> observe_network();

// The settings that are looked at, for all devices and for these.
std::vector<std::string> observed_sysctl_paths(const std::map<std::string, ObservedLink>& links);

}   // namespace sluice
