// SPDX-License-Identifier: GPL-2.0-or-later
// The constant part of what a host sends: its frames, and what the inside host's have in front of them.
#pragma once

#include <linux/types.h>

#include <array>
#include <cstdint>

#include "bpf/plan.h"
#include "lab.hpp"

namespace sluice::bench {

struct Headers {
  std::array<uint8_t, PLAN_TUNNEL> front{};   // plan_sent_front() bytes count
  any_frame frame{};                          // all but the hosts' addresses, ports and sums
  uint32_t ip_sum = 0, udp_sum = 0;           // unfolded, over what `frame` says
};

Headers make_headers(const plan& sending, const EndConfig& host);

}   // namespace sluice::bench
