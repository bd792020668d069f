// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "lab.hpp"

namespace sluice::test {

// Rows that no packet of the lab matches, until the table takes no more.
void fill_flows(Lab& lab);
void fill_mappings(Lab& lab);

}   // namespace sluice::test
