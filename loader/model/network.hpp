// SPDX-License-Identifier: GPL-2.0-or-later
// Private networks over WireGuard, as the document says them: five kinds, with their endpoints. Plain values;
// what a document leaves out is none here until it is allocated (network/allocate.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.hpp"
#include "model/match.hpp"
#include "model/tunnel.hpp"

namespace sluice {

enum class NetworkType : uint8_t { kSecureInternet, kRemoteResource, kL3vpn };
std::string_view to_string(NetworkType type);   // "secure-internet"

// Who is at the other end: a phone or laptop, a router of a customer, or another gateway.
enum class EndpointType : uint8_t { kMobile, kCpe, kGateway };
std::string_view to_string(EndpointType type);   // "mobile"

struct WireguardSettings {
  PortRange ports{51820, 51829};   // UDP ports that networks get
  // That subnets are cut from.
  Prefix subnets = *Prefix::parse("10.100.0.0/16"), subnets6 = *Prefix::parse("fd00:100::/48");
  WireguardBackend backend = WireguardBackend::kAuto;
  int line = 0;
};

// The newest key of an endpoint waits until it is first heard. Until then the old one is in force.
struct KeyRotation {
  WireguardKey old_key{}, new_key{};   // public
};

struct NetworkEndpoint {
  std::string name;   // within its network
  EndpointType type = EndpointType::kMobile;
  std::optional<WireguardKey> public_key;   // none: the gateway made the pair, and keeps the private one
  std::string key_file;                     // of the private key, where the operator keeps it; empty: none
  std::string preshared_key_file;           // empty: none
  std::optional<IpAddress> address, address6;   // of the tunnel
  std::optional<std::chrono::sys_seconds> expires;
  bool disabled = false;
  std::optional<uint64_t> maximum;    // bits per second, each direction
  std::optional<Endpoint> dial;       // where the gateway calls it
  std::vector<Prefix> routes;         // networks behind it
  std::chrono::seconds keepalive{};   // 0: off
  // Allotted (network/versions.hpp).
  std::optional<KeyRotation> rotation;   // none: its newest key is in force
  uint32_t version = 1;                  // of what its client is told
  int line = 0;
};

// Of a remote-resource or l3vpn network: what its endpoints reach at the gateway's side.
struct Resource {
  AddressMatch to;                  // prefixes and sets; never empty
  std::vector<uint8_t> protocols;   // IP protocol numbers; empty: any
  std::vector<PortRange> ports;     // empty: any
};

struct Network {
  std::string name;
  std::string device;   // of the tunnel; empty: not allocated yet
  NetworkType type = NetworkType::kSecureInternet;
  uint16_t expected_users = 6;   // 1 to 254; sizes the subnet
  std::optional<Prefix> subnet, subnet6;
  std::optional<uint16_t> port;
  std::optional<uint32_t> vcid;    // eight digits: 10000000 to 99999999
  std::string zone, vrf;           // never empty: by default the network's own name
  std::optional<uint16_t> table;   // of its VRF; none: it is a VRF of the document, or not allocated yet
  std::optional<uint32_t> mtu;
  std::string endpoint;          // "HOST:PORT" or "HOST" that clients dial; empty: the outside address
  bool peers_may_talk = false;   // never of an l3vpn network, whose sites always do
  std::vector<IpAddress> dns;    // that clients are told
  std::string internet;          // secure-internet: the zone that it goes out by; empty: of the default route
  std::vector<Resource> resources;
  std::vector<NetworkEndpoint> endpoints;   // in the order of the text
  int line = 0;
};

inline constexpr size_t kDeviceNameBytes = 15;   // IFNAMSIZ without its zero

// "wg-home", cut to the kernel's 15 bytes: what it is called where no other network is called so.
std::string device_name(std::string_view network);

// What the gateway has of a subnet: the first address; of a /31 or /127 the lower one.
IpAddress gateway_address(const Prefix& subnet);

// Whether the endpoint takes part: neither disabled nor expired.
bool is_live(const NetworkEndpoint& endpoint, std::chrono::system_clock::time_point now);

}   // namespace sluice
