// SPDX-License-Identifier: GPL-2.0-or-later
// Which packets somebody wants to see, as POST /v1/capture is asked.
#pragma once

#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "cli/arguments.hpp"

namespace sluice::cli {

// A number that is none: kUsage.
Result<nlohmann::json> capture_wish(const Arguments& arguments);

}   // namespace sluice::cli
