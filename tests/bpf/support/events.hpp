// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "lab.hpp"
#include "maps/events.h"

namespace sluice::test {

// What was reported since the last call.
std::vector<sl_event> take_events(Lab& lab);

}   // namespace sluice::test
