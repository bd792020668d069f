// SPDX-License-Identifier: GPL-2.0-or-later
// The process that hears requests for ports. It reads what strangers send and makes sockets of IP, neither of
// which the daemon does: it is a unit of its own without any right, or a child where there is no systemd.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the command line of sluiced says; it is told by standard input, which is a socket, and says by it what
// it is asked. Ends when the other end does.
inline constexpr const char* kMapperVerb = "mapper";
Result<> run_mapper(int socket);

Result<Helper> start_mapper_process(const std::string& instance);

}   // namespace sluice
