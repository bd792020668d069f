// SPDX-License-Identifier: GPL-2.0-or-later
// The process that tells collectors of events of translation. It makes sockets of IP, which the daemon does
// not, and waits for others, which the daemon must not: it is a unit of its own, or a child where there is no
// systemd.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the command line of sluiced says; it is told by standard input, which is a socket (ipfix/wire.hpp).
// Sends what waits and ends when the other end does.
inline constexpr const char* kIpfixVerb = "ipfix";
Result<> run_ipfix(int socket);

Result<Helper> start_ipfix_process(const std::string& instance);

}   // namespace sluice
