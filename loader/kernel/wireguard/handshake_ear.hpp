// SPDX-License-Identifier: GPL-2.0-or-later
// Tells when a message of a WireGuard handshake comes in. Who sent it, and whether it is one that anybody may
// send, is known to the device alone.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "kernel/wireguard/raw_socket.hpp"

namespace sluice {

// Readable when a datagram to one of these UDP ports has the form of the first or second message of a
// handshake, just before the device gets it.
Result<UniqueFd> open_handshake_ear(IpFamily family, const std::vector<uint16_t>& ports);
// Reads away those that wait, or many of them.
void drain_handshake_ear(int fd);

}   // namespace sluice
