// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice explain --watch`: packets as they come, stage by stage.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.hpp"
#include "cli/table.hpp"

namespace sluice::cli {

// What to ask GET /v1/explain about this line of a capture; empty: it cannot be asked. With `as_new` as if
// there were no flow of it, as of a packet that begins one anyhow.
std::string explain_target(const nlohmann::json& line, bool as_new);

// A packet, its stages, and what became of it. `answer`: of GET /v1/explain, or null.
std::string watched_text(const nlohmann::json& line, const nlohmann::json& answer, const Look& look);

Outcome watch_explained(Call& call);

}   // namespace sluice::cli
