// SPDX-License-Identifier: GPL-2.0-or-later
// The process that asks routers for ports and STUN servers how they are seen. It reads what strangers send,
// so it keeps no right but sockets that it has made before: a unit of its own, or a child where there is no
// systemd.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the command line of sluiced says; it is told by standard input, which is a socket, and says by it what
// it finds out. When the other end is closed, it ends as soon as it has given back what it was told to.
inline constexpr const char* kReachVerb = "reach";
Result<> run_reach(int socket);

Result<Helper> start_reach_process(const std::string& instance);

}   // namespace sluice
