// SPDX-License-Identifier: GPL-2.0-or-later
// The process that speaks with etcd: it reads what a network says, and the daemon does not. It is a unit of
// its own, or a child where there is no systemd.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the command line of sluiced says; it is told by standard input, which is a socket (wire.hpp). Ends
// when the other end does, after it has taken its node off the list.
inline constexpr const char* kClusterVerb = "cluster";
Result<> run_cluster(int socket);

Result<Helper> start_cluster_process(const std::string& instance);

}   // namespace sluice
