// SPDX-License-Identifier: GPL-2.0-or-later
// The process that resolves. It reads what strangers send and makes sockets of IP, neither of which the
// daemon does: it is a unit of its own with hardly any right, or a child where there is no systemd.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the command line of sluiced says; orders are read from standard input, and news is written to it: it
// is a socket. Ends when the other end does.
inline constexpr const char* kResolverVerb = "resolver";
Result<> run_resolver(int socket);

Result<Helper> start_resolver_process(const std::string& instance);

}   // namespace sluice
