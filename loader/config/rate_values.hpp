// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "config/complaints.hpp"
#include "config/tree.hpp"
#include "model/limit.hpp"

namespace sluice::config {

// "50mbit"; "20000pps" where packets may be counted. Complains and answers nothing when it is none that can
// be kept.
std::optional<Rate> read_rate(const Node& node, bool packets, Complaints& complaints);

}   // namespace sluice::config
