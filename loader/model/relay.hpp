// SPDX-License-Identifier: GPL-2.0-or-later
// A relay for gateways behind somebody else's NAT: each has a tunnel to it, and a UDP port of the relay that
// leads through that tunnel. Plain values; what a document leaves out is none here until it is allocated
// (relay/allocate_relay.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.hpp"
#include "model/tunnel.hpp"

namespace sluice {

inline constexpr uint16_t kWireguardPort = 51820;   // what a network gets first
inline constexpr size_t kMostRelayClients = 16'384;

struct RelayClient {
  std::string name;
  WireguardKey public_key{};
  std::optional<uint64_t> rate;                 // bits per second, each direction; none: the relay's
  std::optional<uint64_t> quota;                // bytes in a month (model/quota.hpp); none: the relay's
  uint16_t to_port = kWireguardPort;            // where the client's own WireGuard listens
  std::optional<uint16_t> port;                 // of the relay
  std::optional<IpAddress> address, address6;   // of the tunnel
  int line = 0;
};

struct Relay {
  std::string interface;              // whose addresses clients' ports are at; empty: of the default route
  std::vector<IpAddress> addresses;   // that clients are told; empty: those of the interface
  PortRange ports{42000, 42999};      // UDP ports that clients get
  uint16_t port = 51830;              // of the tunnel itself
  std::optional<uint16_t> tcp;        // where the tunnel is carried over TLS as well
  Prefix subnet = *Prefix::parse("10.102.0.0/16"), subnet6 = *Prefix::parse("fd00:102::/64");
  uint64_t rate = 50'000'000;         // bits per second of each client, each direction
  uint64_t quota = 0;                 // bytes of each client's tunnel in a month; 0: as many as pass
  std::vector<RelayClient> clients;   // in the order of the text
  std::string device;                 // of the tunnel; empty: not allocated yet
  int line = 0;
};

inline constexpr size_t kMostRelays = 8;

// A relay that this gateway is reached through.
struct UsedRelay {
  std::string name, config;   // `config`: the file, relative to the state directory
  int line = 0;
  // What is allotted, and what the file says (relay/relay_file.hpp).
  std::string device;                       // of the tunnel to it
  std::optional<IpAddress> asked, asked6;   // its own addresses in the tunnel, of either family
  std::optional<Endpoint> at;               // where callers of this gateway go
  uint16_t to_port = 0;                     // where they arrive
  Endpoint dial;                            // of the tunnel to it, by UDP
  std::optional<Endpoint> tls;              // the same over TLS
  bool by_tcp = false;                      // so it is, because UDP does not get through
  bool in_use = false;                      // callers are told this one
};

// Whose allotments and key are the relay's: no name of a document has a colon.
inline constexpr std::string_view kRelayOwner = "relay:";
// The same of the tunnels to relays.
inline constexpr std::string_view kReachabilityOwner = "reachability:";
// No name of a document has a blank, so no policy opens it.
inline constexpr std::string_view kRelayZone = "relay clients";
inline constexpr std::string_view kRelayDevice = "wg-relay";

// "reachability eu", of the zone behind which a relay is, and of the policy for what comes through it.
std::string way_name(std::string_view relay);
// "relay:eu", of what asks whether it is there (model/health.hpp).
std::string relay_target_name(std::string_view relay);

// "relay:alice", of the forwards that lead to a client.
std::string relay_forward_name(std::string_view client);

// The relay's own in its tunnel: the first of each subnet.
IpAddress relay_address(const Prefix& subnet);

// "10.102.0.7/32", and the same of IPv6, once they are allocated.
std::vector<Prefix> addresses_of(const RelayClient& client);

}   // namespace sluice
