// SPDX-License-Identifier: GPL-2.0-or-later
// A flow in sentences.
#pragma once

#include <string>

#include "engine/state.hpp"

namespace sluice {

// "tcp 192.168.10.2:40000 > 198.51.100.7:443", as its first packet arrived.
std::string to_string(const FlowState& flow);

}   // namespace sluice
