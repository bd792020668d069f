// SPDX-License-Identifier: GPL-2.0-or-later
// A bucket of a limit as gateways of a cluster tell each other of it (flow_text.hpp): by names, and by how
// long it takes until it is full, since each has a clock of its own. A text is one line, without tabs.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "engine/limit_debt.hpp"
#include "gateway/flow_text.hpp"

namespace sluice {

std::string debt_text(const LimitDebt& debt, const FlowNames& names,
                      std::chrono::steady_clock::time_point now);
// None: it makes no sense, or is of something that is not there.
std::optional<LimitDebt> parse_debt(std::string_view text, const FlowNames& names,
                                    std::chrono::steady_clock::time_point now);

}   // namespace sluice
