// SPDX-License-Identifier: GPL-2.0-or-later
// WireGuard devices, of the kernel or of wireguard-go, told and read alike. wireguard-go is a process per
// device that is spoken to over a Unix socket (its cross-platform interface).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "kernel/probe.hpp"
#include "model/tunnel.hpp"

namespace sluice {

// Whether each can make devices here; a warning: it cannot.
struct TunnelBackends {
  ProbeRow kernel, userspace;
};

// Found out by trying, without making anything. What this process may not ask is not held against a backend.
TunnelBackends find_tunnel_backends(RtnlSocket& rtnl);

// Whether a device may be called so: 1 to 15 letters, digits, "-", "_" and ".", beginning with a letter or a
// digit. It becomes a file, a unit of systemd and an argument.
bool is_tunnel_name(std::string_view device);

// Whether the file that wireguard-go listens on is there; it may have died. Costs one look.
bool has_tunnel_socket(const std::string& device);

// Starts wireguard-go for a device that is not there yet, and waits until it answers, at most 5 s. It
// outlives this process, also where systemd ends all of a service: there it is a unit of its own,
// sluice-tunnel-NAME.
Result<> start_userspace_tunnel(const std::string& device);

// Ends it, and waits until its device and its process are gone, at most 5 s each. Of one that died the socket
// is removed; one of that name in another network namespace is left alone.
Result<> stop_userspace_tunnel(const std::string& device);

// nullopt: no such device, or nothing that speaks for it. Takes CAP_NET_ADMIN.
Result<std::optional<ObservedTunnel>> read_tunnel(const std::string& device);

// Costs as much as what changes: peers that are not named are not touched. A prefix that goes from one peer
// to another is in the new set of each, and the device gives it to who claims it last. Each set replaces the
// whole of the peer's earlier one, so the end is as wanted in every order, as long as no two peers are to
// have the same prefix. The order is: removed, changed, added. Nothing is undone where a part of it fails.
Result<> change_tunnel(const std::string& device, const TunnelChange& change);

}   // namespace sluice
