// SPDX-License-Identifier: GPL-2.0-or-later
// Mappings by host and by VRF, as they are counted and as they are.
#pragma once

#include <string>
#include <vector>

#include "state.hpp"

namespace sluice::test {

// Empty, or counts that are not those of the mappings, and of the flows that share a port.
std::string quota_flaws(Lab& lab, const std::vector<FlowRow>& rows);

}   // namespace sluice::test
