// SPDX-License-Identifier: GPL-2.0-or-later
// The process that asks. It reads what strangers answer and makes sockets of IP, neither of which the daemon
// does: it is a unit of its own with hardly any right, or a child where there is no systemd.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the command line of sluiced says; targets are read from standard input, and what changes is written to
// it: it is a socket. Ends when the other end does.
inline constexpr const char* kHealthVerb = "health";
Result<> run_health_checks(int socket);

Result<Helper> start_health_process(const std::string& instance);

}   // namespace sluice
