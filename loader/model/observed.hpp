// SPDX-License-Identifier: GPL-2.0-or-later
// What was seen of the machine: the second input of the planner. Filled by kernel/, store/ and an engine;
// plain values.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/address.hpp"
#include "model/link_setting.hpp"
#include "model/mac_limits.hpp"
#include "model/made_link.hpp"
#include "model/object_ids.hpp"
#include "model/queues.hpp"
#include "model/routing.hpp"
#include "model/tunnel.hpp"

namespace sluice {

struct Interface;       // model/document.hpp
struct NumberedRules;   // compile/common/numbered_rules.hpp
struct RulesNft;        // compile/nft/rules_nft.hpp

struct ObservedAddress {
  InterfaceAddress address;
  bool tentative = false;   // duplicate address detection still runs (RFC 4862)
  bool routed = true;       // the kernel laid the route to its network, in the main table
  bool marked = false;      // as sluice's own; kernels before 5.18 keep no mark
  auto operator<=>(const ObservedAddress&) const = default;
};

struct ObservedLink {
  std::string name;
  uint32_t index = 0;
  uint32_t mtu = 0;           // bytes above the link header
  bool up = false;            // IFF_UP
  bool has_ethernet = true;   // ARPHRD_ETHER; tun and WireGuard have no link header
  std::array<uint8_t, 6> mac{};
  std::string kind;   // IFLA_INFO_KIND: "veth", "bridge", "tun", "wireguard", ...; empty for hardware
  LinkParameters parameters;                     // of the kinds that sluice makes
  std::string master;                            // the bridge or VRF that it belongs to; empty: none
  uint32_t master_index = 0, parent_index = 0;   // the same as a number; of the device below; 0: none
  bool marked = false;                           // as made by sluice
  bool has_xdp = false;                          // some XDP program is attached
  std::string other_end;                         // of a VLAN by its tags; empty: it is none
  // It carries VLANs, and its driver takes their tags off before XDP sees a frame.
  bool hides_tags = false;
  LinkSettings settings;   // as netlink has them
  std::vector<ObservedAddress> addresses;
};

// A device that sluice made, as it remembers it.
struct OwnedLink {
  std::string kind;
  uint32_t index = 0;   // 0: it was about to be made
  bool operator==(const OwnedLink&) const = default;
};

// A network namespace below /run/netns.
struct ObservedSpace {
  uint32_t number =
      0;   // of its inode, which no other one has at the same time; 0: a file that is no namespace
};

// Whether the device that is there is the one that was made, and not another one of that name.
inline bool is_same(const OwnedLink& owned, const ObservedLink& seen) {
  return owned.kind == seen.kind && (owned.index == 0 || owned.index == seen.index);
}

// The way that packets to an address leave by.
struct Underlay {
  uint32_t index = 0;   // of the device
  uint32_t mtu = 0;     // of the route, or of the device
};

// A sluice program found on a device.
enum class Hook : uint8_t { kTcIngress, kTcEgress, kXdp };
struct Attachment {
  std::string link;
  Hook hook;
  auto operator<=>(const Attachment&) const = default;
};

// How many rows the tables of live state have. A flow takes two. Zeros: not known, or as they are.
struct TableSizes {
  uint32_t flows4 = 0, flows6 = 0, mappings = 0, half_open = 0;
  bool operator==(const TableSizes&) const = default;
};

// What an engine found of itself on the machine.
struct ObservedEngine {
  bool loaded = false;           // programs and maps are pinned
  bool other_layout = false;     // they are another release's: made anew, and what they hold is carried over
  bool leftovers = false;        // of another release, whose programs have gone: nothing needs them any more
  std::string build;             // identity of the loaded programs
  std::string available_build;   // of the programs in this binary; differs: they are replaced
  std::string rules_digest;      // identity of the rules that packets are judged by now
  TableSizes sizes;              // as they are; zeros: not known
  std::set<Attachment> attachments;
  std::map<std::string, std::string> xdp_refused;   // link -> why native XDP could not be had there
  std::map<uint32_t, uint16_t> slots;               // ifindex -> row of its counters
  // Stable numbers of named objects (policies, forwards, ...), so that counters survive an apply; of the
  // engine that carries the traffic, whichever it is.
  SharedObjectIds object_ids = std::make_shared<ObjectIds>();
  std::shared_ptr<const NumberedRules> rules;   // that are in force; null: put by another process
  uint32_t room = 0;   // rows of backends that a service could be led to in them, without other rules
};

// The same for the nftables engine.
struct ObservedNft {
  bool loaded = false;   // `table inet sluice` is there and is what this engine put there
  std::string digest;    // of the rules in force; empty: somebody else changed the table
  uint8_t generation = 0;
  std::map<std::pair<std::string, std::string>, uint16_t> pair_numbers;   // by RulesNft::pair_names
  std::shared_ptr<const RulesNft> rules;   // that are in force; null: put by another process
};

// Why an engine cannot run here, one sentence each; nullopt: it can.
struct EngineFindings {
  std::optional<std::string> ebpf_refused, nftables_refused;
  std::optional<std::string> vrfs_refused;   // by eBPF, which else can run
  std::optional<std::string>
      syn_cookies_refused;   // the same; what neither engine can is refused by make_plan()
  std::optional<std::string> synproxy_refused;   // by nftables, which else can run
  bool vrf_devices = false;                      // the kernel makes them; not asked where there are no VRFs
};

using SysctlValues =
    std::unordered_map<std::string, std::string>;   // "net/ipv4/ip_forward" -> "0"; absent: no such file

struct Observed {
  std::map<std::string, ObservedLink> links;
  SysctlValues sysctls;
  SysctlValues original_sysctls;       // those that sluice changed, as it found them
  std::set<uint32_t> default_ways;     // ifindex: a route to everywhere leads out, whoever laid it
  std::vector<RouteRow> main_routes;   // of others, in the main table, to less than everywhere
  Routing routing;                     // laid by sluice, and the rule that every machine begins with
  // By the store's record, or by their marks, which are there when the record is lost.
  std::set<std::pair<std::string, InterfaceAddress>>
      owned_addresses;                                // put there by sluice: (link, address)
  std::map<std::string, OwnedLink> owned_links;       // made by sluice since the machine started
  std::map<std::string, std::string> owned_members;   // put by sluice into a bridge or VRF: link -> master
  std::map<std::string, ObservedSpace> spaces;        // below /run/netns
  std::map<std::string, uint32_t> owned_spaces;   // made by sluice since the machine started; 0: about to be
  std::map<std::string, std::set<ForwardingEntry>>
      forwarding;                            // of VXLANs of the document: what was put there
  std::map<IpAddress, Underlay> underlays;   // to their remotes; absent: no route
  std::map<std::string, std::map<uint16_t, bool>> port_vlans;   // of bridges' ports: id -> untagged
  std::map<std::string, Queues> queues;                         // of devices: those that sluice put there
  std::map<std::string, ObservedTunnel>
      tunnels;   // of WireGuard devices that this process may read; with keys
  std::map<std::string, std::string> other_queues;   // that somebody else chose: "cake 8001:"
  // Kinds of devices that the document wants made and the kernel cannot make, and why.
  std::map<std::string, std::string> kinds_refused;
  ObservedMacLimits mac_limits;   // looked at where the document has some, or the table is there
  bool in_force = false;   // the document is the accepted one: what cannot be had of it any more is told
  ObservedEngine engine;
  ObservedNft nft;
  std::set<uint16_t> listening;                // ports of sockets here; looked at where pods may be published
  uint64_t memory = 0, memory_available = 0;   // bytes, of the machine; MemTotal and MemAvailable
  EngineFindings findings;                     // why an engine cannot run here
  // What a switch of engines would leave behind, in sentences; empty where none is to come.
  std::vector<std::string> not_carried;
};

inline bool is_own(const Observed& observed, const ObservedLink& link) {
  const auto owned = observed.owned_links.find(link.name);
  return owned != observed.owned_links.end() && is_same(owned->second, link);
}

// Whoever made it was killed before its mark, which comes last.
inline bool is_half_made(const Observed& observed, const ObservedLink& link) {
  return is_own(observed, link) && observed.owned_links.at(link.name).index == 0 && !link.marked;
}

// Put by sluice where it is now.
inline bool is_own_member(const Observed& observed, const ObservedLink& member) {
  const auto owned = observed.owned_members.find(member.name);
  return owned != observed.owned_members.end() && owned->second == member.master;
}

// 0: the device is gone.
inline uint32_t index_of(const Observed& observed, const std::string& link) {
  const auto seen = observed.links.find(link);
  return seen == observed.links.end() ? 0 : seen->second.index;
}

// What the kernel is told of the device that the interface means; std::monostate: sluice does not make it.
LinkParameters parameters_of(const Interface& interface, const Observed& observed);

// The kernel switches VLAN filtering on and off in place, and gives a GRETAP other ends; of everything else a
// device is made anew.
bool changes_in_place(const LinkParameters& from, const LinkParameters& to);

// Whether the device that is there now is the one that the interface means, also after the plan: one that
// exists already, or one that sluice made and need not make anew.
bool is_usable(const Interface& interface, const Observed& observed);

}   // namespace sluice
