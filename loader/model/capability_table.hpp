// SPDX-License-Identifier: GPL-2.0-or-later
// The one place that says what each engine can do. One row for each key of the document, and one more for
// each thing about a key that has a limit. docs/generate_engines.py reads the rows as they stand here.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "model/capability_uses.hpp"
#include "model/document.hpp"

namespace sluice {

inline constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();   // no limit of its own
inline constexpr uint64_t kNone = 0;                                     // cannot do it at all

struct Capability {
  std::string_view key;      // as docs/configuration.md spells it
  std::string_view what;     // what is limited, as it stands in a complaint; empty: the key as a whole
  uint64_t ebpf, nftables;   // kAll, kNone, or the most
  std::string_view remark;
  CountUses count = nullptr;   // finds the uses in a document; null: nothing to refuse there
};

// clang-format off
inline constexpr Capability kCapabilities[] = {
    {"engine", "", kAll, kAll, "`auto` takes eBPF where it runs, otherwise nftables"},
    {"interfaces", "interfaces", 1'023, kAll, "", count_interfaces},
    {"interfaces", "device number", 16'383, kAll, "seen at apply: the interface is degraded"},
    {"interfaces.NAME.zone", "", kAll, kAll, ""},
    {"interfaces.NAME.vrf", "", kAll, kAll, ""},
    {"interfaces.NAME.addresses", "", kAll, kAll, ""},
    {"interfaces.NAME.hook", "hook to choose", kAll, kNone, "`\"auto\"` is understood by both", count_hooks},
    {"interfaces.NAME.anti_spoofing", "", kAll, kAll, ""},
    {"interfaces.NAME.bogons", "", kAll, kAll, ""},
    {"interfaces.NAME.rate", "", kAll, kAll, "where the kernel has HTB"},
    {"interfaces.NAME.bridge", "", kAll, kAll, ""},
    {"interfaces.NAME.bridge.members", "", kAll, kAll, "frames between members are not judged: they never reach the gateway"},
    {"interfaces.NAME.bridge.ports", "", kAll, kAll, "where the kernel's bridges filter VLANs"},
    {"interfaces.NAME.bridge.ports.NAME.untagged", "", kAll, kAll, ""},
    {"interfaces.NAME.bridge.ports.NAME.tagged", "", kAll, kAll, ""},
    {"interfaces.NAME.bridge.isolated", "", kAll, kAll, ""},
    {"interfaces.NAME.vlan", "", kAll, kAll, "nftables: where the kernel makes VLAN devices; eBPF: elsewhere on interfaces of the document"},
    {"interfaces.NAME.vlan.parent", "", kAll, kAll, ""},
    {"interfaces.NAME.vlan.id", "", kAll, kAll, ""},
    {"interfaces.NAME.vlan.protocol", "", kAll, kAll, ""},
    {"interfaces.NAME.vxlan", "", kAll, kAll, ""},
    {"interfaces.NAME.vxlan.vni", "", kAll, kAll, ""},
    {"interfaces.NAME.vxlan.local", "", kAll, kAll, ""},
    {"interfaces.NAME.vxlan.remotes", "", kAll, kAll, ""},
    {"interfaces.NAME.vxlan.port", "", kAll, kAll, ""},
    {"interfaces.NAME.vxlan.learning", "", kAll, kAll, ""},
    {"interfaces.NAME.vxlan.entries", "", kAll, kAll, ""},
    {"interfaces.NAME.vxlan.entries[].mac", "", kAll, kAll, ""},
    {"interfaces.NAME.vxlan.entries[].remote", "", kAll, kAll, ""},
    {"vrfs", "", kAll, kAll, "eBPF asks a table by its number, which Linux can since 6.7 and Debian's 6.1 as well"},
    {"vrfs.NAME.table", "", kAll, kAll, ""},
    {"vrfs.NAME.routes", "", kAll, kAll, ""},
    {"vrfs.NAME.routes[].to", "", kAll, kAll, ""},
    {"vrfs.NAME.routes[].via", "", kAll, kAll, ""},
    {"vrfs.NAME.routes[].through", "", kAll, kAll, ""},
    {"vrfs.NAME.bandwidth", "", kAll, kAll, ""},
    {"vrfs.NAME.bandwidth.guaranteed", "", kAll, kAll, ""},
    {"vrfs.NAME.bandwidth.maximum", "", kAll, kAll, ""},
    {"zones", "zones", 255, kAll, "the gateway itself is not counted", count_zones},
    {"zones.NAME.isolated", "", kAll, kAll, ""},
    {"zones.NAME.uplink", "", kAll, kAll, ""},
    {"zones.NAME.hosts_may_talk", "", kAll, kAll, ""},
    {"sets", "", kAll, kAll, ""},
    {"policies", "policies", 16'384, kAll, "", count_policies},
    {"policies", "pairs of zones that may talk", kAll, 1'023, "31 zones always fit", count_pairs},
    {"policies[].name", "", kAll, kAll, ""},
    {"policies[].from", "", kAll, kAll, ""},
    {"policies[].to", "", kAll, kAll, ""},
    {"policies[].source", "", kAll, kAll, ""},
    {"policies[].destination", "", kAll, kAll, ""},
    {"policies[].protocol", "", kAll, kAll, ""},
    {"policies[].ports", "", kAll, kAll, ""},
    {"policies[].action", "", kAll, kAll, ""},
    {"nat", "named rules of all kinds", 262'143, 262'143, "", count_rules},
    {"nat.masquerade", "", kAll, kAll, ""},
    {"nat.masquerade[].name", "", kAll, kAll, ""},
    {"nat.masquerade[].from", "", kAll, kAll, ""},
    {"nat.masquerade[].to", "", kAll, kAll, ""},
    {"nat.masquerade[].family", "", kAll, kAll, ""},
    {"nat.masquerade[].addresses", "ranges of one family in a pool", 16, kAll, "", count_pool_ranges},
    {"nat.masquerade[].addresses", "addresses in a range of a pool", 65'536, 65'536, "", count_pool_sizes},
    {"nat.masquerade[].addresses", "range of a pool that goes past a /96", kNone, kAll, "", count_crossings},
    {"nat.masquerade[].ports", "", kAll, kAll, ""},
    {"nat.masquerade[].mapping", "endpoint-independent mapping once another host holds the port", kAll, kNone, "`\"per-destination\"` and no key at all are understood by both; then nftables keeps one outside port for all peers while it is free", count_mappings},
    {"nat.masquerade[].filtering", "filtering but \"address-and-port-dependent\"", kAll, kNone, "", count_filterings},
    {"nat.masquerade[].except", "", kAll, kAll, ""},
    {"nat.masquerade[].mappings_per_host", "quota of mappings", kAll, kNone, "connection tracking counts flows, not mappings", count_mapping_quotas},
    {"nat.masquerade[].quota", "quota of mappings", kAll, kNone, "", count_quotas},
    {"nat.masquerade[].deterministic", "ports of a host's own", kAll, kNone, "", count_deterministic},
    {"nat.masquerade[].deterministic.inside", "ports of a host's own", kAll, kNone, ""},
    {"nat.masquerade[].deterministic.ports_per_host", "ports of a host's own", kAll, kNone, ""},
    {"nat.masquerade[].log", "log of mappings", kAll, kNone, "netfilter has flows and no mappings; their destinations are not to be logged (RFC 6888 REQ-12)", count_logs},
    {"nat.static", "", kAll, kAll, ""},
    {"nat.static[].name", "", kAll, kAll, ""},
    {"nat.static[].outside", "", kAll, kAll, ""},
    {"nat.static[].inside", "", kAll, kAll, ""},
    {"nat.static[].vrf", "", kAll, kAll, ""},
    {"nat.static[].checksum_neutral", "checksum-neutral translation", kAll, kNone, "netfilter replaces the prefix and corrects the checksums of packets", count_checksum_neutral},
    {"nat.forwards", "", kAll, kAll, ""},
    {"nat.forwards[].name", "", kAll, kAll, ""},
    {"nat.forwards[].listen", "", kAll, kAll, ""},
    {"nat.forwards[].protocol", "", kAll, kAll, ""},
    {"nat.forwards[].ports", "", kAll, kAll, "in nftables a shifted range costs memory for each port"},
    {"nat.forwards[].to", "", kAll, kAll, ""},
    {"nat.forwards[].vrf", "", kAll, kAll, ""},
    {"nat.forwards[].source", "", kAll, kAll, ""},
    {"nat.forwards[].half_open", "ports with a limit of half-open connections", 131'072, 256, "in nftables a target has one limit, the smallest of its forwards, and what ended counts for 50 ms more", count_half_open},
    {"nat.forwards[].syn_cookies", "", kAll, kAll, "eBPF: where the kernel makes them (CONFIG_SYN_COOKIES, Linux 6.0); nftables: where it has `synproxy` (CONFIG_NFT_SYNPROXY, Linux 5.4)"},
    {"nat.forwards[].syn_cookies", "SYN cookies for an address in a VRF", kAll, kNone, "synproxy answers by the main routes, and begins connections in the main zone of connection tracking", count_vrf_cookies},
    {"limits", "", kAll, kAll, "at most 255, of which 4 can meet in a packet"},
    {"limits[].name", "", kAll, kAll, ""},
    {"limits[].from", "", kAll, kAll, ""},
    {"limits[].to", "", kAll, kAll, ""},
    {"limits[].interface", "", kAll, kAll, ""},
    {"limits[].source", "", kAll, kAll, ""},
    {"limits[].destination", "", kAll, kAll, ""},
    {"limits[].protocol", "", kAll, kAll, ""},
    {"limits[].ports", "", kAll, kAll, ""},
    {"limits[].forward", "", kAll, kAll, ""},
    {"limits[].direction", "", kAll, kAll, ""},
    {"limits[].key", "count for each VRF", kAll, kNone, "netfilter's sets have no type for what tells VRFs apart", count_vrf_keys},
    {"limits[].rate", "", kAll, kAll, "in nftables a packet that devices merged of many counts as one, with one header"},
    {"limits[].burst", "bucket of bits for less than a second", kAll, kNone, "netfilter's hold a second of the rate at least, also where the document leaves it out", count_short_bursts},
    {"limits[].action", "", kAll, kAll, ""},
    {"timeouts", "", kAll, kAll, ""},
    {"timeouts.tcp_established", "", kAll, kAll, ""},
    {"timeouts.tcp_transitory", "", kAll, kAll, ""},
    {"timeouts.udp", "", kAll, kAll, ""},
    {"timeouts.udp_one_way", "", kAll, kAll, ""},
    {"timeouts.icmp", "", kAll, kAll, "in nftables a setting of the whole network namespace"},
    {"timeouts.other", "", kAll, kAll, "in nftables a setting of the whole network namespace"},
    {"timeouts.port_rest", "rest for freed ports", kAll, kNone, "", count_port_rest},
    {"tables", "tables to size", kAll, kNone, "nftables uses connection tracking, whose one size (`net.netfilter.nf_conntrack_max`) is shared by all namespaces and belongs to the machine", count_table_sizes},
    {"tables.flows", "tables to size", kAll, kNone, ""},
    {"tables.mappings", "tables to size", kAll, kNone, ""},
    {"tables.half_open", "tables to size", kAll, kNone, ""},
    {"tables.flows_per_host", "tables to size", kAll, kNone, ""},
    {"wireguard", "", kAll, kAll, ""},
    {"wireguard.ports", "", kAll, kAll, ""},
    {"wireguard.subnets", "", kAll, kAll, ""},
    {"wireguard.subnets6", "", kAll, kAll, ""},
    {"wireguard.backend", "", kAll, kAll, ""},
    {"networks", "", kAll, kAll, ""},
    {"networks.NAME.type", "", kAll, kAll, ""},
    {"networks.NAME.expected_users", "", kAll, kAll, ""},
    {"networks.NAME.subnet", "", kAll, kAll, ""},
    {"networks.NAME.subnet6", "", kAll, kAll, ""},
    {"networks.NAME.address", "", kAll, kAll, ""},
    {"networks.NAME.address6", "", kAll, kAll, ""},
    {"networks.NAME.port", "", kAll, kAll, ""},
    {"networks.NAME.vcid", "", kAll, kAll, ""},
    {"networks.NAME.zone", "", kAll, kAll, ""},
    {"networks.NAME.vrf", "", kAll, kAll, ""},
    {"networks.NAME.mtu", "", kAll, kAll, ""},
    {"networks.NAME.key_file", "", kAll, kAll, ""},
    {"networks.NAME.endpoint", "", kAll, kAll, ""},
    {"networks.NAME.peers_may_talk", "", kAll, kAll, ""},
    {"networks.NAME.dns", "", kAll, kAll, ""},
    {"networks.NAME.internet", "", kAll, kAll, ""},
    {"networks.NAME.resources", "", kAll, kAll, ""},
    {"networks.NAME.routes", "", kAll, kAll, ""},
    {"networks.NAME.mesh", "", kAll, kAll, ""},
    {"networks.NAME.routing", "", kAll, kAll, ""},
    {"networks.NAME.vlans", "", kAll, kAll, ""},
    {"networks.NAME.vni", "", kAll, kAll, ""},
    {"networks.NAME.attach", "", kAll, kAll, ""},
    {"networks.NAME.endpoints", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.type", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.public_key", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.key_file", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.preshared_key_file", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.address", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.address6", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.expires", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.disabled", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.bandwidth", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.bandwidth.maximum", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.dial", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.routes", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.keepalive", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.asn", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.maximum_prefixes", "", kAll, kAll, ""},
    {"networks.NAME.endpoints.NAME.mac_limit", "", kAll, kAll, ""},
};
// clang-format on

constexpr uint64_t limit_of(const Capability& row, EngineKind engine) {
  return engine == EngineKind::kEbpf ? row.ebpf : row.nftables;
}

// For the engines' own static_asserts: what the table says must be what their tables hold.
constexpr uint64_t limit_of(std::string_view what, EngineKind engine) {
  for (const Capability& row : kCapabilities)
    if (row.what == what) return limit_of(row, engine);
  return kAll;
}

}   // namespace sluice
