// SPDX-License-Identifier: GPL-2.0-or-later
// How large packets to an address may be, and whether routers say so: where they do not, larger ones vanish,
// and what sends them stalls (RFC 2923 section 2.1, RFC 8899).
#pragma once

#include <functional>

#include "base/result.hpp"
#include "kernel/echo_socket.hpp"
#include "kernel/probe.hpp"

namespace sluice {

struct PathFinding {
  uint32_t first = 0;     // bytes that the own link takes
  uint32_t through = 0;   // the largest that was answered; 0: none was
  bool told = false;      // by routers, of larger ones
};

using AskEcho = std::function<Result<EchoOutcome>(uint32_t bytes)>;

// `least`: bytes that every path takes.
Result<PathFinding> find_path(uint32_t first, uint32_t least, const AskEcho& ask);

ProbeRow judge_path(const IpAddress& to, const PathFinding& found);

// Asks, for some seconds where something is wrong. A failure is a row as well.
ProbeRow probe_path(const IpAddress& to);

}   // namespace sluice
