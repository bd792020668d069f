// SPDX-License-Identifier: GPL-2.0-or-later
// How often the kernel's clock ticks (CONFIG_HZ): the unit in which the packet path counts time.
#pragma once

#include <cstdint>

namespace sluice {

uint32_t jiffies_per_second();

}   // namespace sluice
