// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "config/complaints.hpp"
#include "config/tree.hpp"

namespace sluice::config {

// Every key that an object has twice. Parsers silently keep one of the two.
void complain_about_duplicates(const Tree& tree, Complaints& complaints);

}   // namespace sluice::config
