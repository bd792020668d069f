// SPDX-License-Identifier: GPL-2.0-or-later
// The homes of the flow tables (maps/flow.h), and whether what stands in them fits together.
#pragma once

#include <string>

#include "lab.hpp"

namespace sluice::test {

// Empty, or what does not fit: a key in two rows, a row that no lookup finds, one that is busy though nobody
// writes, rows of the overflow that are counted or named wrongly.
std::string home_flaws(Lab& lab);

uint32_t count_overflow(Lab& lab);   // IPv4

}   // namespace sluice::test
