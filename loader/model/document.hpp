// SPDX-License-Identifier: GPL-2.0-or-later
// The typed configuration: what one accepted document says. Form and meaning were checked by
// config/; everything here is consistent (names resolve, zones exist, families agree). No I/O.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/address.hpp"
#include "model/cluster.hpp"
#include "model/container.hpp"
#include "model/front.hpp"
#include "model/limit.hpp"
#include "model/made_interface.hpp"
#include "model/match.hpp"
#include "model/metrics_listen.hpp"
#include "model/nat_log.hpp"
#include "model/network.hpp"
#include "model/pod.hpp"
#include "model/reachability.hpp"
#include "model/relay.hpp"
#include "model/resolver.hpp"
#include "model/service.hpp"
#include "model/ssh.hpp"
#include "model/web_page.hpp"

namespace sluice {

enum class EngineChoice { kAuto, kEbpf, kNftables };
enum class HookChoice { kAuto, kXdp, kTc };
// RFC 3704: where the way back to a source has to lead; into its zone, out of any interface of the document.
enum class AntiSpoofing : uint8_t { kStrict, kLoose, kOff };
enum class Action : uint8_t { kAccept, kDrop, kReject };

// The zone that is the gateway itself.
inline constexpr std::string_view kHostZone = "host";
// How a document calls the VRF that everything is in which names no other. In the model its name is empty.
inline constexpr std::string_view kMainVrf = "main";

// A tenant's share of the rate of each interface that it sends by; bits per second.
struct Bandwidth {
  uint64_t guaranteed = 0;
  std::optional<uint64_t> maximum;   // none: all that the others leave
};

// Of an interface by itself, in the class of this number.
struct OwnShare {
  uint16_t queue = 0;
  Bandwidth bandwidth;
};

struct Interface {
  std::string name;   // of the kernel device, at most 15 bytes
  std::string zone;
  std::vector<InterfaceAddress> addresses;   // put on the device by sluice; empty: left alone
  HookChoice hook = HookChoice::kAuto;
  AntiSpoofing anti_spoofing = AntiSpoofing::kStrict;
  bool drop_bogons = false;        // sources that nobody on the internet has (compile/ebpf/bogons.hpp)
  std::string vrf;                 // empty: the main one
  std::optional<uint64_t> rate;    // bits per second that leave by it at most, shared by VRFs' bandwidths
  std::optional<OwnShare> share;   // of the lines that its traffic leaves by; none: as its VRF has it
  MadeInterface made;              // what sluice makes of it; a device that exists otherwise
  std::vector<Prefix> behind;      // networks on the link beside those of its addresses; only in a VRF
  int line = 0;                    // in the document, from 1; 0: unknown
  // Of a cluster: `addresses` are at its active node alone, and these are this node's.
  bool moves = false;
  std::vector<InterfaceAddress> own_addresses;
  bool shared = false;   // `addresses` are at all nodes of the cluster at once
};

inline bool is_isolated_bridge(const Interface& interface) {
  const auto* bridge = std::get_if<Bridge>(&interface.made);
  return bridge && bridge->isolated;
}

struct Zone {
  std::string name;
  bool isolated = false;   // traffic inside the zone is dropped too
  std::optional<bool>
      uplink;   // everybody else is behind it; none: as the routes say (compile/common/uplinks.hpp)
  std::optional<bool> hosts_may_talk;   // to each other through the gateway; none: unless it is an uplink
  bool closed = false;                  // nothing passes between it and other zones, whatever else is said
  bool dns = false;                     // its hosts are served by the resolver
  NameTable names;                      // that are told there alone
};

struct VrfRoute {
  Prefix to;
  std::optional<IpAddress>
      via;               // a neighbour in a network of the VRF; none: `through` says whose routes count
  std::string through;   // another VRF; empty: the main one
  int line = 0;
  bool for_host = false;   // of the main VRF: also for what the gateway itself sends
};

// Interfaces with routes of their own; addresses may be the same as in any other. The zones of a VRF lie in
// no other.
struct Vrf {
  std::string name;     // also of its device, where the kernel has such
  uint16_t table = 0;   // number of its routing table, and of the VRF in all maps and marks
  std::vector<VrfRoute> routes;
  std::optional<Bandwidth> bandwidth;
};

struct Policy {
  std::string name;
  std::vector<std::string> from, to;   // zones, "host" allowed; never empty
  AddressMatch source, destination;    // as the inside sees them: after DNAT, before SNAT
  // Names whose addresses are the destination, once a host of `from` has looked them up (model/domains.hpp).
  // Then `destination` is the set of those that are open, and `from` is one zone.
  std::vector<std::string> domains;
  std::vector<uint8_t> protocols;   // IP protocol numbers; empty: any
  std::vector<PortRange> ports;     // destination ports; empty: any. Only with TCP, UDP, SCTP, UDP-Lite
  Action action = Action::kDrop;
  int line = 0;   // in the document, from 1; 0: unknown
};

// RFC 4787 sections 4.1 and 5.
enum class Mapping : uint8_t { kDefault, kEndpointIndependent, kPerDestination };
// Whether a host may have more than mappings_per_host while nobody else needs it.
enum class Quota : uint8_t { kSoft, kHard };
enum class Filtering : uint8_t { kEndpointIndependent, kAddressDependent, kAddressAndPortDependent };

// RFC 7422: every inside host has a block of ports of its own, so that nothing has to be logged.
struct Deterministic {
  Prefix inside;
  uint32_t ports_per_host = 0;   // a block; 0: as many as fit
};

// How many mappings an inside host may have where the document does not say (RFC 6888 REQ-4).
inline constexpr uint32_t kMappingsPerHost = 16384;

struct Masquerade {
  std::string name;
  std::vector<std::string> from;   // inside zones
  std::vector<std::string> to;     // outside zones
  bool ipv4 = true, ipv6 = false;
  std::vector<AddressRange> addresses;   // the pool; empty: the outgoing interface's own
  PortRange ports{1024, 65535};
  bool any_ports = true;   // the document leaves `ports` to sluice: ports below 1024 stay below (REQ-3)
  Mapping mapping = Mapping::kDefault;   // as the engine does it best
  Filtering filtering = Filtering::kAddressAndPortDependent;
  AddressMatch except;                         // destinations that are not translated; empty: none
  std::optional<uint32_t> mappings_per_host;   // none: kMappingsPerHost
  std::optional<Quota> quota;                  // none: soft
  std::optional<Deterministic> deterministic;
  bool log = false;   // mappings made and ended go to the journal
  int line = 0;
};

// NAT64 (RFC 6146): IPv6 of inside zones reaches IPv4 of outside zones, whose addresses stand behind a prefix
// (RFC 6052).
struct Nat64 {
  Masquerade source;   // its name, zones, pool and log
  Prefix prefix;
};

// One to one, both directions. Equal lengths and families.
struct StaticMapping {
  std::string name;
  Prefix outside, inside;
  std::string vrf;                 // of the inside; empty: the main one
  bool checksum_neutral = false;   // RFC 6296; IPv6 prefixes only
  int line = 0;
};

struct Forward {
  std::string name;
  std::variant<IpAddress, std::string>
      listen;                       // an address, or an interface whose addresses of `to`'s family are meant
  std::vector<uint8_t> protocols;   // TCP, UDP
  std::vector<PortRange> ports;     // outside ports, never empty
  IpAddress to;
  std::optional<uint16_t>
      to_port;           // where the first outside port goes, others follow in order; none: unchanged
  std::string vrf;       // that `to` lies in; empty: the main one
  AddressMatch source;   // who may use it; empty: everybody
  std::optional<uint32_t>
      half_open;              // TCP flows that may be half open towards each target; none: any number
  bool syn_cookies = false;   // what exceeds it is answered by the gateway
  // Of a service: each flow goes to one of several targets, and `to` is the first of them. Null: to `to`.
  std::shared_ptr<const Balancing> service;
  int line = 0;
};

// An address that flows are led to, in its VRF.
struct ForwardTarget {
  IpAddress to;
  std::string vrf;
  auto operator<=>(const ForwardTarget&) const = default;
};

// One, or those of all backends.
inline std::vector<ForwardTarget> targets_of(const Forward& forward) {
  if (!forward.service) return {{forward.to, forward.vrf}};
  std::vector<ForwardTarget> targets;
  for (const Member& member : forward.service->members) targets.push_back({member.to, member.vrf});
  return targets;
}

// Of all forwards with `half_open`: ports outside, each of which has a target.
inline constexpr uint32_t kMostLimitedTargets = 131'072;

// RFC 4787, 5382, 5508, 7857. Seconds.
struct Timeouts {
  std::chrono::seconds tcp_established{7440}, tcp_transitory{240}, udp{300}, udp_one_way{120}, icmp{60},
      other{300};
  // How long a freed port waits before another host gets it (RFC 6888 REQ-8); none: kPortRest.
  std::optional<std::chrono::seconds> port_rest;
};

inline constexpr std::chrono::seconds kPortRest{120};

// How much state there may be at once. None: from the machine's memory.
struct StateLimits {
  std::optional<uint32_t> flows, mappings, half_open, flows_per_host;
};

// Who may ask the gateway for ports (model/mapping_request.hpp), which outside ones there are, and how many
// each host gets for how long.
struct MappingRequests {
  std::vector<std::string> from;
  PortRange ports{1024, 65535};
  uint32_t per_host = 32;
  std::chrono::seconds lifetime{86'400};
  bool third_party = false;   // also for other hosts of the zone
  int line = 0;
};

struct Document {
  EngineChoice engine = EngineChoice::kAuto;
  std::vector<Interface> interfaces;   // in the order of the text
  // VXLANs without a zone: members of bridges, so that nothing comes in by them but frames of the bridge's.
  std::vector<Interface> bridged;
  std::vector<Vrf> vrfs;
  std::vector<VrfRoute> routes;   // of the main VRF, into others: implied by networks, said by no document
  std::vector<Zone> zones;        // every zone that is named, without "host"; in the order of first mention
  std::map<std::string, std::vector<Prefix>> sets;
  std::vector<Policy> policies;   // first match wins; those that are implied come first
  std::vector<Masquerade> masquerades;
  std::vector<Nat64> nat64;
  std::vector<StaticMapping> static_mappings;
  std::vector<Forward> forwards;   // those of services too
  std::vector<ServiceUnderlay> underlays;
  std::vector<PublishedService> services;   // in the order of the text
  std::optional<Front> front;
  std::vector<Site> sites;     // in the order of the text; none without a front
  std::vector<Limit> limits;   // all that match apply
  Timeouts timeouts;
  StateLimits tables;
  WireguardSettings wireguard;
  std::vector<Network> networks;   // in the order of the text
  PodSettings pod_settings;
  std::vector<Pod> pods;               // the same
  std::vector<Container> containers;   // that are attached, once it is settled; said by no document
  ResolverSettings resolver;
  NameTable names;   // that every zone is told that is served
  std::optional<MappingRequests> mapping_requests;
  std::optional<Relay> relay;
  std::optional<Ssh> ssh;
  std::optional<Reachability> reachability;
  std::optional<MetricsListen> metrics;   // told by TCP
  std::optional<WebPage> web;             // for browsers
  std::optional<NatLog> nat_log;          // told by IPFIX
  std::optional<Cluster> cluster;
};

// Those with a zone, and those that are members of bridges.
inline std::vector<const Interface*> all_interfaces(const Document& document) {
  std::vector<const Interface*> all;
  for (const Interface& interface : document.interfaces) all.push_back(&interface);
  for (const Interface& interface : document.bridged) all.push_back(&interface);
  return all;
}

// The prefixes that a match means, sets resolved; empty: any address.
std::vector<Prefix> resolve(const AddressMatch& match, const Document& document);

}   // namespace sluice
