// SPDX-License-Identifier: GPL-2.0-or-later
// The terminal view of `sluice reachability status`: drawn again every second, with keys.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "cli/command.hpp"

namespace sluice::cli {

// Whether somebody at a terminal asks, and for no format.
bool wants_view(const Call& call);

// From this answer of `GET /v1/device/status` on, until somebody types q or a signal comes. A daemon that
// goes away is waited for. None: this terminal cannot do it.
std::optional<ExitStatus> view_reachability(const Call& call, nlohmann::json status);

}   // namespace sluice::cli
