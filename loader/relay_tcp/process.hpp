// SPDX-License-Identifier: GPL-2.0-or-later
// The process that carries relays' tunnels over TLS, at both ends. It reads what strangers send and makes
// sockets of IP, neither of which the daemon does: it is a unit of its own, or a child where there is no
// systemd.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the command line of sluiced says; it is told by standard input, which is a socket, and says by it what
// becomes of that. Ends when the other end does.
inline constexpr const char* kRelayTcpVerb = "relay-tcp";
Result<> run_relay_tcp(int socket);

Result<Helper> start_relay_tcp_process(const std::string& instance);

}   // namespace sluice
