// SPDX-License-Identifier: GPL-2.0-or-later
// A device that sluice makes itself: what kind it is and what the kernel is told of it. Plain values, which
// compare with what the kernel says of a device that is there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "model/made_interface.hpp"

namespace sluice {

struct BridgeLink {
  bool vlan_filtering = false;
  bool operator==(const BridgeLink&) const = default;
};

struct VlanLink {
  std::string parent;     // the device that carries the tagged frames
  uint16_t id = 0;        // 1 to 4094
  bool service = false;   // the outer tag of QinQ (802.1ad)
  // The kernel has no 802.1Q: a veth whose other end the packet path on the parent takes for it.
  bool by_tags = false;
  bool operator==(const VlanLink&) const = default;
};

struct VxlanLink {
  uint32_t vni = 0;
  IpAddress local;
  uint16_t port = 0;
  bool learning = true;
  bool fragments = false;   // outer packets may be sent in pieces
  bool one_flow = false;    // outer packets have one source port, the same as the other side's
  bool operator==(const VxlanLink&) const = default;
};

// Ethernet over GRE without a key.
struct GretapLink {
  IpAddress local, remote;   // IPv4
  std::string lower;   // that outer packets leave by, and the VRF that they are in; empty: as the routes say
  bool operator==(const GretapLink&) const = default;
};

struct VrfLink {
  uint32_t table = 0;
  bool operator==(const VrfLink&) const = default;
};

// A WireGuard device; its keys and peers are told apart from it (model/tunnel.hpp).
struct WireguardLink {
  bool userspace = false;   // the kernel has no WireGuard: wireguard-go makes a tun device of it
  bool operator==(const WireguardLink&) const = default;
};

// The end of a pair whose other end is in the namespace of a pod or a container. That one has a MAC that
// follows from this one's, and everything that it needs to send.
struct VethLink {
  std::string space;     // the name of the namespace; empty: it is not the one of that name any more
  uint32_t number = 0;   // of the namespace, where it is there; of a pod's compared by observe_network()
  IpAddress address, gateway;
  std::string inside{kInsideOfPod};   // name of the other end
  std::optional<IpAddress> address6, gateway6;
  bool operator==(const VethLink& other) const {
    return space == other.space && address == other.address && gateway == other.gateway &&
           inside == other.inside && address6 == other.address6 && gateway6 == other.gateway6 &&
           (!is_others() || number == other.number);
  }
  // Somebody else made the namespace, and `space` is its path.
  bool is_others() const { return space.starts_with('/'); }
};

// A row of a VXLAN's forwarding table. An address of all zeros: what is for everybody, or for nobody known.
struct ForwardingEntry {
  MacAddress mac{};
  IpAddress remote;
  uint32_t by = 0;   // number of the device that it leaves by; 0: as the routes say
  auto operator<=>(const ForwardingEntry&) const = default;
};

// A VLAN of a bridge's port. Untagged: frames without a tag belong to it, and its frames leave without one.
struct PortVlan {
  uint16_t id = 0;
  bool untagged = false;
  bool own = false;   // of the bridge itself, the gateway's own port
};

// std::monostate: a kind that sluice does not make.
using LinkParameters = std::variant<std::monostate, BridgeLink, VlanLink, VxlanLink, GretapLink, VrfLink,
                                    WireguardLink, VethLink>;

struct MadeLink {
  std::string name;
  LinkParameters parameters;
  bool operator==(const MadeLink&) const = default;
};

// Of a VLAN by its tags: "tag.3.20" on the device with number 3, "tag.3.100s" for a service VLAN. It says
// what the pair stands for, because nothing else of a veth could.
std::string other_end_name(const VlanLink& vlan, uint32_t parent);
// The same read back, as far as the name says it. False: it is another name.
bool parse_other_end_name(std::string_view name, VlanLink& vlan, uint32_t& parent);

// The device that it lies on; empty: on none.
const std::string& parent_of(const LinkParameters& parameters);

// As the kernel names the kind (IFLA_INFO_KIND); empty: none of these.
std::string_view kind_name(const LinkParameters& parameters);

// "bridge br0", "VLAN 20 of eth1 as eth1.20", "VXLAN 7007 as vx7", "GRETAP from
// 192.0.2.1 to 192.0.2.2 as gt0", "VRF office with table 1100", "WireGuard
// tunnel wg-home"
std::string to_string(const MadeLink& link);

}   // namespace sluice
