// SPDX-License-Identifier: GPL-2.0-or-later
// What this machine can do, what stands in the way, and what the operator can change about it.
#pragma once

#include <nlohmann/json.hpp>

#include "base/result.hpp"

namespace sluice {

class Gateway;

// With the daemon's knowledge of its interfaces.
Result<nlohmann::json> examine(Gateway& gateway);
// Without a daemon: the checks that need none.
nlohmann::json doctor_machine();

}   // namespace sluice
