// SPDX-License-Identifier: GPL-2.0-or-later
// What this machine can do, what stands in the way, and what the operator can change about it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result.hpp"

namespace sluice {

class Gateway;

// With the daemon's knowledge of its interfaces; the engines are tried as the daemon, with its privileges.
Result<nlohmann::json> examine(Gateway& gateway);
// Without a daemon: the checks that need none, as the caller.
nlohmann::json doctor_machine(const std::filesystem::path& state, const std::filesystem::path& pins);

}   // namespace sluice
