// SPDX-License-Identifier: GPL-2.0-or-later
// Private networks over WireGuard, as the document says them: five kinds, with their endpoints. Plain values;
// what a document leaves out is none here until it is allocated (network/allocate.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.hpp"
#include "model/match.hpp"
#include "model/tunnel.hpp"

namespace sluice {

enum class NetworkType : uint8_t { kSecureInternet, kRemoteResource, kL3vpn, kL2PointToPoint, kL2Mesh };
std::string_view to_string(NetworkType type);   // "secure-internet"

// Whether frames are carried, and not packets: endpoints are ports of one bridge.
constexpr bool is_l2(NetworkType type) {
  return type == NetworkType::kL2PointToPoint || type == NetworkType::kL2Mesh;
}

// Who is at the other end: a phone or laptop, a router of a customer, or another gateway.
enum class EndpointType : uint8_t { kMobile, kCpe, kGateway };
std::string_view to_string(EndpointType type);   // "mobile"

// How it becomes known that what is behind a site is there.
enum class RoutingProtocol : uint8_t { kStatic, kBgp, kOspf };
std::string_view to_string(RoutingProtocol protocol);   // "static"

struct NetworkRouting {
  RoutingProtocol protocol = RoutingProtocol::kStatic;
  uint32_t asn = 0;    // of BGP: the gateway's
  uint32_t area = 0;   // of OSPF
};

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

inline constexpr uint32_t kMacLimit = 64, kMostMacs = 4096;
inline constexpr uint32_t kMaximumPrefixes = 100;

struct NetworkEndpoint {
  std::string name;   // within its network
  EndpointType type = EndpointType::kMobile;
  std::optional<WireguardKey> public_key;   // none: the gateway made the pair, and keeps the private one
  std::string key_file;                     // of the private key, where the operator keeps it; empty: none
  std::string preshared_key_file;           // empty: none
  std::optional<IpAddress> address, address6;   // of the tunnel
  std::optional<std::chrono::sys_seconds> expires;
  bool disabled = false;
  std::optional<uint64_t> maximum;                // bits per second, each direction
  std::optional<Endpoint> dial;                   // where the gateway calls it
  std::vector<Prefix> routes;                     // networks behind it
  std::chrono::seconds keepalive{};               // 0: off
  std::optional<uint32_t> asn;                    // where its network has BGP; none: the gateway's
  uint32_t maximum_prefixes = kMaximumPrefixes;   // where its network has BGP or OSPF: that it may announce
  uint32_t mac_limit = kMacLimit;   // of an l2 network: the most MAC addresses that it may speak as
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
  std::optional<IpAddress> address, address6;   // the gateway's own in them; none: gateway_address()
  std::optional<uint16_t> port;
  std::optional<uint32_t> vcid;       // eight digits: 10000000 to 99999999
  std::string zone, vrf;              // never empty: by default the network's own name
  std::optional<uint16_t> table;      // of its VRF; none: it is a VRF of the document, or not allocated yet
  std::optional<uint32_t> mtu;        // none: told_mtu, and less where the way out has become narrower
  std::optional<uint32_t> told_mtu;   // allotted: what clients are told where the document says none
  std::string key_file;          // of the gateway's private key, where the operator keeps it; empty: made
  std::string endpoint;          // "HOST:PORT" or "HOST" that clients dial; empty: the outside address
  bool peers_may_talk = false;   // never of an l3vpn or l2 network, whose endpoints always do
  std::vector<IpAddress> dns;    // that clients are told
  std::string internet;          // secure-internet: the zone that it goes out by; empty: of the default route
  std::vector<Resource> resources;
  NetworkRouting routing;       // of an l3vpn network
  std::vector<Prefix> routes;   // l3vpn: behind the gateway itself, which is a site with them
  bool is_direct = false;       // l3vpn: sites that can be called meet without the gateway
  // Of an l2 network.
  std::string bridge;                // the device; empty: not allocated yet
  std::vector<uint16_t> vlans;       // that it carries, ascending; empty: all frames, whatever their tags
  std::optional<uint32_t> vni;       // l2-mesh: what VLAN ids are added to, or the VNI itself without VLANs
  std::vector<std::string> attach;   // devices of the gateway in its bridge
  std::vector<NetworkEndpoint> endpoints;   // in the order of the text
  int line = 0;
};

inline constexpr size_t kDeviceNameBytes = 15;   // IFNAMSIZ without its zero

// "wg-home", cut to the kernel's 15 bytes: what it is called where no other network is called so.
std::string device_name(std::string_view network);

// "br-home", the same of its bridge.
std::string bridge_name(std::string_view network);

// "100-110,200"
std::string vlans_text(const std::vector<uint16_t>& vlans);

// The VNIs of an l2-mesh network whose `vni` is known, ascending.
std::vector<uint32_t> vnis_of(const Network& network);

// What the gateway has of a subnet: the first address; of a /31 or /127 the lower one.
IpAddress gateway_address(const Prefix& subnet);

// What it has in the network: those that the document says, and otherwise the first of each subnet. The
// subnets are allocated.
std::vector<IpAddress> gateway_addresses(const Network& network);

// Whether the endpoint takes part: neither disabled nor expired.
bool is_live(const NetworkEndpoint& endpoint, std::chrono::system_clock::time_point now);

// The endpoint's own addresses in the tunnel: a /32, a /128 or both.
std::set<Prefix> addresses_of(const NetworkEndpoint& endpoint);

// All that it may have as a source: those, and the networks behind it in the order of the document.
std::vector<Prefix> sources_of(const NetworkEndpoint& endpoint);

}   // namespace sluice
