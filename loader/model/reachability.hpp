// SPDX-License-Identifier: GPL-2.0-or-later
// How a gateway behind somebody else's NAT is reached: what the document says of it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/dynamic_dns.hpp"
#include "model/path.hpp"
#include "model/relay.hpp"

namespace sluice {

// How a router is asked for a port: RFC 6887, RFC 6886, UPnP IGD.
enum class AskedBy : uint8_t { kPcp, kNatPmp, kUpnp };
inline constexpr std::array<std::string_view, 3> kAskedByNames = {"pcp", "nat-pmp", "upnp"};
constexpr std::string_view to_string(AskedBy by) { return kAskedByNames[static_cast<size_t>(by)]; }

inline constexpr uint16_t kUpnpPort = 1900;   // of SSDP
inline constexpr uint16_t kStunPort = 3478;   // RFC 8489
inline constexpr size_t kMostStunServers = 8;

struct StunServer {
  std::string host;   // a name, or an address without brackets
  uint16_t port = kStunPort;
  auto operator<=>(const StunServer&) const = default;
};
// "stun.example.org:3478", "192.0.2.1", "[2001:db8::1]:3478"; well formed (config/network_values.hpp).
StunServer stun_server_of(std::string_view dialled);
std::string to_string(const StunServer& server);   // with its port

struct Reachability {
  std::string interface;   // that leads to the router
  std::vector<AskedBy> port_mapping{AskedBy::kPcp, AskedBy::kNatPmp,
                                    AskedBy::kUpnp};   // one after the other; empty: no router is asked
  std::vector<StunServer> stun;                        // empty: how the gateway is seen is not found out
  std::chrono::seconds lease{3600};
  PathPreference paths = kUsualPaths;   // to the other ends of tunnels that are called
  std::optional<DynamicDns> dynamic_dns;
  std::vector<UsedRelay> relays;   // in the order of the text
  int line = 0;
};

}   // namespace sluice
