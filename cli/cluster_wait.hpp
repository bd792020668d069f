// SPDX-License-Identifier: GPL-2.0-or-later
// What became of a change at the other nodes of a cluster.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.hpp"

namespace sluice::cli {

// `answer`: to a change; without "cluster" there is nothing to wait for. Ends when it is in force at all of
// its nodes, or waits at all of them to be confirmed. Failure: it came to nothing, and why.
Outcome await_cluster(const Call& call, const nlohmann::json& answer);

// What `status` says of this document of the node, which nobody tried: `why`; null: it is none of those.
const nlohmann::json* refusal_of(const nlohmann::json& status, const std::string& id);

}   // namespace sluice::cli
