// SPDX-License-Identifier: GPL-2.0-or-later
// Steps, notes and what is degraded: the answers to plan, apply and the commands that edit the document.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.hpp"
#include "cli/table.hpp"

namespace sluice::cli {

std::string plan_text(const nlohmann::json& plan,
                      const Look& look);   // "nothing to do" where there is no step

// "warning: TEXT". Of a place in a document TEXT says that itself, behind the place.
std::string warning_line(const std::string& text);

// Prints the answer to a change: data to standard output, the rest to standard error; the exit status says
// whether it is degraded. In a cluster it waits for the other nodes (cluster_wait.hpp).
Outcome show_change(const Call& call, const nlohmann::json& answer);

}   // namespace sluice::cli
