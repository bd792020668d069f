// SPDX-License-Identifier: GPL-2.0-or-later
// The process that carries the state of flows to the other gateways of a cluster, and theirs to the daemon:
// it reads what a network says, and the daemon does not. It is a unit of its own, or a child where there is
// no systemd.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the command line of sluiced says; it is told by standard input, which is a socket (wire.hpp). Ends
// when the other end does.
inline constexpr const char* kSyncVerb = "sync";
Result<> run_sync(int socket);

Result<Helper> start_sync_process(const std::string& instance);

}   // namespace sluice
