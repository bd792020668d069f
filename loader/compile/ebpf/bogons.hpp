// SPDX-License-Identifier: GPL-2.0-or-later
// Sources that nobody on the internet has: what RFC 6890 and its registries say is not globally reachable.
#pragma once

#include <vector>

#include "compile/common/numbered_rules.hpp"

namespace sluice {

// Without the networks of the interfaces themselves. Empty: no interface refuses any.
std::vector<Prefix> bogons_of(const std::vector<PlannedLink>& links);

}   // namespace sluice
