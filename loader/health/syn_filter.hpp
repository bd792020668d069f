// SPDX-License-Identifier: GPL-2.0-or-later
// What a raw socket of half-open checks is to hear: answers to SYNs of its own ports that acknowledge a
// number which may have been sent (SynNumbers). All else that the machine receives, and what strangers make
// up, ends in the kernel. Pure.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

#include "health/syn_packet.hpp"
#include "model/address.hpp"

namespace sluice {

inline constexpr uint32_t kAnswerBytes = 128;   // that are read: the headers at their longest

std::vector<sock_filter> answers_alone(Family family, std::span<const uint16_t> ports,
                                       const SynNumbers& numbers);

}   // namespace sluice
