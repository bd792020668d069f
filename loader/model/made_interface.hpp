// SPDX-License-Identifier: GPL-2.0-or-later
// Interfaces whose device sluice makes itself, as the document says it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/address.hpp"
#include "model/tunnel.hpp"

namespace sluice {

inline constexpr uint16_t kLastVlan = 4094;
inline constexpr uint32_t kLastVni = 0xffffff;
inline constexpr uint16_t kVxlanPort = 4789;   // RFC 7348 section 8.1

// Which VLANs a port of a bridge carries.
struct BridgePort {
  std::string device;   // a member, or the bridge itself: the gateway's own port
  std::optional<uint16_t> untagged;
  std::vector<uint16_t> tagged;
};

// How many MAC addresses may speak by a member.
struct MacLimit {
  std::string device;
  uint32_t most = 0;   // never 0
};

struct Bridge {
  std::vector<std::string> members;
  std::vector<BridgePort> ports;   // empty: no VLAN filtering
  bool isolated = false;           // nothing passes between its zone and others
  std::vector<MacLimit> mac_limits;
  bool quiet = false;   // the gateway is no machine of that LAN: it says nothing there by itself
};

struct Vlan {
  std::string parent;
  uint16_t id = 0;
  bool service = false;   // 802.1ad
};

using MacAddress = std::array<uint8_t, 6>;

// Where frames for one address go.
struct VxlanEntry {
  MacAddress mac{};
  IpAddress remote;
};

struct Vxlan {
  uint32_t vni = 0;
  IpAddress local;
  std::vector<IpAddress> remotes;   // each gets what is for everybody and for nobody known
  uint16_t port = kVxlanPort;
  bool learning = true;
  std::vector<VxlanEntry> entries;
  std::string vrf;     // of its outer packets; empty: the main one
  uint32_t mtu = 0;    // of what is inside, and outer packets may be fragments; 0: what the ways to the
                       // remotes leave room for
  std::string lower;   // the device that outer packets leave by, the tunnel of their network; empty:
                       // as the routes say. With one there is nothing to learn: all goes to the remotes
};

// Ethernet over GRE (RFC 1701's transparent bridging, 0x6558), of a network's endpoint.
struct Gretap {
  IpAddress local, remote;   // IPv4: in IPv6 the kernel sends no outer packet in pieces
  uint32_t mtu = 1500;       // of what is inside; outer packets may be fragments
  std::string vrf;           // of its outer packets; empty: the main one
  std::string lower;         // as of a VXLAN
};

// Of a network (model/network.hpp). The document says it there, not as an interface.
struct Wireguard {
  Tunnel tunnel;
  uint32_t mtu = 0;   // bytes; never 0
  WireguardBackend backend = WireguardBackend::kAuto;
};

inline constexpr std::string_view kInsideOfPod = "eth0";

// Of a pod (model/pod.hpp) or a container (model/container.hpp): the gateway's end of a pair whose other end
// is in a network namespace.
struct Veth {
  std::string space;                  // of the namespace, as below /run/netns; its path, where others made it
  IpAddress address;                  // IPv4; of the other end
  IpAddress gateway;                  // of this end: the other one's way to everywhere
  uint32_t number = 0;                // of a namespace that others made
  std::string inside{kInsideOfPod};   // name of the other end
  std::optional<IpAddress> address6, gateway6;   // both or none
};

// std::monostate: a device that exists.
using MadeInterface = std::variant<std::monostate, Bridge, Vlan, Vxlan, Gretap, Wireguard, Veth>;

// Everybody that outer packets go to and may come from, once each.
std::vector<IpAddress> peers_of(const Vxlan& vxlan);

std::string to_string(const MacAddress& mac);   // "02:00:5e:00:53:01"
std::optional<MacAddress> parse_mac(std::string_view text);

}   // namespace sluice
