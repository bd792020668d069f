// SPDX-License-Identifier: GPL-2.0-or-later
// The document's timeouts by the kinds of maps/config.h.
#pragma once

#include <chrono>

#include "maps/config.h"
#include "model/document.hpp"

namespace sluice {

inline std::chrono::seconds timeout_of(const Timeouts& timeouts, sl_timeout kind) {
  switch (kind) {
    case SL_TIMEOUT_TCP_ESTABLISHED: return timeouts.tcp_established;
    case SL_TIMEOUT_TCP_TRANSITORY: return timeouts.tcp_transitory;
    case SL_TIMEOUT_UDP: return timeouts.udp;
    case SL_TIMEOUT_UDP_ONE_WAY: return timeouts.udp_one_way;
    case SL_TIMEOUT_ICMP: return timeouts.icmp;
    case SL_TIMEOUT_PORT_REST: return timeouts.port_rest.value_or(kPortRest);
    case SL_TIMEOUT_OTHER:
    case SL_TIMEOUT_COUNT: break;
  }
  return timeouts.other;
}

}   // namespace sluice
