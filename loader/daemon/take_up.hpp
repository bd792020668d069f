// SPDX-License-Identifier: GPL-2.0-or-later
// How the daemon comes by its document.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "daemon/options.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

// What was in force, or the document of --config where nothing was; neither is no failure.
Result<> take_up_document(Gateway& gateway, const DaemonOptions& options);

// Failure: nothing changed; complaints are in the log.
Result<> apply_file(Gateway& gateway, const std::filesystem::path& path, std::string why);

}   // namespace sluice
