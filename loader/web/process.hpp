// SPDX-License-Identifier: GPL-2.0-or-later
// The process that answers browsers. It reads what strangers send and makes a socket of IP, neither of which
// the daemon does: it is a unit of its own, or a child where there is no systemd.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the command line of sluiced says; it is told by standard input, which is a socket (wire.hpp). Ends
// when the other end does.
inline constexpr const char* kWebVerb = "web";
Result<> run_web(int socket);

Result<Helper> start_web_process(const std::string& instance);

}   // namespace sluice
