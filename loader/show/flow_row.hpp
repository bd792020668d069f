// SPDX-License-Identifier: GPL-2.0-or-later
// A flow as JSON, as `show flows` has it.
#pragma once

#include <string_view>

#include "engine/state.hpp"
#include "show/names.hpp"

namespace sluice {

std::string_view phase_name(FlowPhase phase);
nlohmann::json flow_row(const FlowState& flow, const Names& names);

}   // namespace sluice
