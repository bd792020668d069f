// SPDX-License-Identifier: GPL-2.0-or-later
// What `sluice doctor` prints for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/table.hpp"

namespace sluice::cli {

// Tables of what was found, and below each what can be changed: why, how, and what is gained by it.
std::string doctor_text(const nlohmann::json& findings, const Look& look);

}   // namespace sluice::cli
