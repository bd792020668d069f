// SPDX-License-Identifier: GPL-2.0-or-later
// A question without a content to a part of netfilter, to see whether it answers.
#pragma once

#include <cstdint>

namespace sluice {

// NFNL_SUBSYS_* and one of its messages. errno; 0: it answered.
int ask_netfilter(uint8_t subsystem, uint8_t message);

}   // namespace sluice
