// SPDX-License-Identifier: GPL-2.0-or-later
// What a switch of engines would leave behind, told before it happens.
#pragma once

#include <string>
#include <vector>

#include "engine/state.hpp"
#include "model/capabilities.hpp"
#include "model/observed.hpp"

namespace sluice {

// One sentence for each kind of flow that `to` cannot go on with; empty: all are carried over. `room`: of the
// eBPF engine.
std::vector<std::string> sentences_about_carrying(const std::vector<FlowState>& flows, EngineKind to,
                                                  const TableSizes& room);

}   // namespace sluice
