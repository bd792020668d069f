// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace sluice {

// Free memory goes back to the machine: after work that took much more than what stays.
void give_back_memory();

}   // namespace sluice
