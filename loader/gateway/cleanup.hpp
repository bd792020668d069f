// SPDX-License-Identifier: GPL-2.0-or-later
// Takes everything of sluice off the machine, with the daemon or without it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace sluice {

struct Machine;

struct CleanupPaths {
  std::filesystem::path state, pins;
};

// Without a daemon. Nothing there: an empty list. A daemon that runs: an error that names it.
Result<std::vector<std::string>> cleanup_machine(const CleanupPaths& paths);

// What is kept of health, names and ports beside the store.
void erase_books(const std::filesystem::path& state);

// The part that both ways share: leaves the store itself.
Result<std::vector<std::string>> tear_down_machine(Machine machine);

}   // namespace sluice
