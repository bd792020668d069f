// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's WireGuard over generic netlink (linux/wireguard.h): messages of both directions. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/netlink/request.hpp"
#include "model/tunnel.hpp"

namespace sluice {

// Longer ones fail, or make the kernel loop, on some releases (systemd issue 11418).
inline constexpr size_t kLargestTunnelMessage = 4096;

// A change, in as many messages as it takes. A peer with many prefixes goes on in the next one. None: nothing
// changes.
std::vector<NlRequest> tunnel_change_requests(uint16_t family, const std::string& device,
                                              const TunnelChange& change);

// For a dump.
NlRequest tunnel_request(uint16_t family, const std::string& device);
// One message of the answer. Peers without a key, and prefixes that are none, are left out.
std::optional<ObservedTunnel> parse_tunnel_part(const nlmsghdr& message);
// The device is in the first part. A peer whose prefixes do not fit goes on in the next one, by its key
// alone.
ObservedTunnel merge_tunnel_parts(std::vector<ObservedTunnel> parts);

}   // namespace sluice
