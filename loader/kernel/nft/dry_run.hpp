// SPDX-License-Identifier: GPL-2.0-or-later
// Commands that nf_tables checks and throws away.
#pragma once

#include <string>

namespace sluice {

// The kernel's words when it refuses `commands` (nft's own language), in one line; empty: it would take them.
std::string dry_run(const std::string& commands);

}   // namespace sluice
