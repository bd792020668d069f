// SPDX-License-Identifier: GPL-2.0-or-later
// What stands before interfaces whose document cannot be put in force: nothing passes them, and nothing
// reaches the machine by them. A table of nftables of its own, `table inet sluice_guard`, beside whatever the
// engines have.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace sluice {

// `links` by name, whether they are there or come later; empty: every device but the loopback.
Result<> put_guard(const std::vector<std::string>& links);
Result<bool> guard_stands();
Result<bool> remove_guard();   // false: there was none

}   // namespace sluice
