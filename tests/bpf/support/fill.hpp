// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "lab.hpp"

namespace sluice::test {

// Rows that no packet of the lab matches, until the table takes no more.
void fill_flows(Lab& lab);
void fill_mappings(Lab& lab);
void fill_hosts(Lab& lab);   // whose flows are counted
// Every place of flows that wait is that of this flow.
void fill_places(Lab& lab, const std::string& route);
void fill_buckets(Lab& lab);   // of limits, all but the rows that are there

}   // namespace sluice::test
