// SPDX-License-Identifier: GPL-2.0-or-later
// Where a passphrase comes from: never from the command line, which everybody on the machine can read.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace sluice::cli {

// The first line of --passphrase-file; otherwise the environment's SLUICE_PASSPHRASE; otherwise asked for on
// the terminal, which does not show it. `is_new`: asked for twice. None, or an empty one: kUsage.
Result<std::string> passphrase_of(const Call& call, bool is_new);

}   // namespace sluice::cli
