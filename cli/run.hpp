// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>

#include "base/exit_status.hpp"
#include "cli/console.hpp"
#include "cli/machine.hpp"

namespace sluice::cli {

// One command line from its words (without the program's name) to its exit status.
ExitStatus run_cli(std::span<const std::string> words, Console& console, Machine& machine);

}   // namespace sluice::cli
