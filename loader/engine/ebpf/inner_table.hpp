// SPDX-License-Identifier: GPL-2.0-or-later
// The table of one generation of the rules, as it stands in the map of the two.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

// The kernel tells its number; to open it by that takes CAP_SYS_ADMIN.
Result<UniqueFd> inner_table(const UniqueFd& outer, const std::string& name, uint32_t slot);
// Returns when no program uses what stood there before, also where it is the same table.
Result<> await_packets_of(const UniqueFd& outer, const std::string& name, uint32_t slot, int inner);

}   // namespace sluice
