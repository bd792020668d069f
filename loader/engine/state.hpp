// SPDX-License-Identifier: GPL-2.0-or-later
// What an engine tells of its live state: plain values, the same from every engine.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "maps/counters.h"
#include "model/address.hpp"
#include "model/made_interface.hpp"

namespace sluice {

// One direction, as its packets arrive.
struct FlowDirection {
  IpAddress source, destination;
  uint16_t source_port = 0, destination_port = 0;
  uint64_t packets = 0, bytes = 0;
};

enum class FlowPhase { kHalfOpen, kEstablished, kClosing };

inline constexpr uint16_t kUnknownZone = 0xffff;

struct FlowState {
  uint8_t protocol = 0;
  FlowPhase phase = FlowPhase::kHalfOpen;
  FlowDirection original, reply;
  uint16_t zone_in = 0, zone_out = 0;         // numbers; 0: the gateway
  uint16_t vrf_in = 0, vrf_out = 0;           // where each direction comes in; 0: main
  uint32_t policy = 0, nat = 0;               // object numbers; 0: none
  uint32_t ifindex_in = 0, ifindex_out = 0;   // 0: the gateway
  uint32_t idle_seconds = 0;
  uint32_t timeout_seconds = 0;
  bool proxied = false;   // began with a SYN cookie: its sequence numbers are translated
  uint32_t shift = 0;     // of such a one: the target's sequence numbers less those that the client knows
};

// Which numbers its target has chosen shows with its answer; until then nobody else can go on with the flow.
inline bool has_unknown_shift(const FlowState& flow) {
  return flow.proxied && flow.phase == FlowPhase::kHalfOpen;
}
inline constexpr const char* kUnknownShift =
    "it began with a SYN cookie, and its target has not answered yet";

// A flow of one VRF, as it began.
struct FlowKey {
  uint8_t protocol = 0;
  uint16_t vrf = 0, source_port = 0, destination_port = 0;
  IpAddress source, destination;
  auto operator<=>(const FlowKey&) const = default;
};
FlowKey key_of(const FlowState& flow);

// A flow that packets of were carried lately.
struct FlowUse {
  FlowKey flow;
  uint32_t idle_seconds = 0;   // since the last one, rounded up
};

// Of several nodes that carry, the one that begins flows (maps/handover.h).
struct Lead {
  bool is_here = false;
  std::optional<IpAddress> leader;   // of another node, on the link of the nodes; none: nobody knows
  bool operator==(const Lead&) const = default;
};

// Packets between nodes that carry.
struct HandedCounts {
  uint64_t over = 0, taken = 0;
};

// How many there are.
struct FlowCounts {
  std::array<std::array<uint64_t, 2>, 3> live{};   // by FlowPhase, and of IPv4 and of IPv6
  std::optional<uint64_t> created;                 // that ever began; none: this engine does not count it
};

struct MappingState {
  uint8_t protocol = 0;
  IpAddress inside, outside;
  uint16_t vrf = 0, outside_vrf = 0;   // that the addresses belong to; 0: main
  uint16_t inside_port = 0, outside_port = 0;
  uint32_t masquerade = 0;
  uint32_t flows = 0;
};

struct ObjectCount {
  uint32_t number = 0;
  uint8_t kind = 0;
  std::string name;
  uint64_t flows = 0, packets = 0, bytes = 0;   // live flows included
  std::optional<uint64_t> live;                 // flows that are there; none: they have to be counted
};

struct ObjectsAtRest {
  std::vector<ObjectCount> objects;
  bool with_live = true;   // false: what live flows have carried so far is not in them
};

struct CarriedCounts {
  std::vector<ObjectCount> objects;
  FlowCounts flows;
};

// What new connections to a backend of a service came to (maps/counters.h). The counts run over.
struct SignCount {
  uint32_t asked = 0, answered = 0, refused = 0;
  uint32_t answer_us = 0;   // of the last one that was measured; 0: none was
};

inline void add_times(sl_times& sum, const sl_times& times) {
  for (size_t bucket = 0; bucket < SL_TIME_BUCKETS; ++bucket) sum.bucket[bucket] += times.bucket[bucket];
  sum.sum += times.sum;
}

struct InterfaceCount : sl_iface_counters {
  uint32_t ifindex = 0;
  bool sees_all = true;   // false: this engine cannot know ignored_packets and handed_on_packets
};

struct DropCount {
  uint32_t ifindex = 0;   // 0: an interface that was not managed at that time
  uint8_t reason = 0;     // enum sl_drop_reason
  uint64_t packets = 0, bytes = 0;
};

struct EndpointDrops {
  uint8_t reason = 0;   // enum sl_drop_reason
  uint64_t packets = 0, bytes = 0;
};

// What was carried for an endpoint of a network, and what was dropped, in both directions.
struct EndpointCount {
  std::string name;   // "home/phone"
  sl_count from{}, to{};
  std::vector<EndpointDrops> drops;
  sl_times connect{};   // as of an interface; of eBPF
};

// Where a forward leads, and how many TCP connections are half open there.
struct TargetUse {
  IpAddress address;
  uint16_t port = 0, vrf = 0;
  uint32_t half_open = 0;
};

// A table of live state.
struct TableRows {
  std::string name;     // "flows_ipv4"
  uint64_t rows = 0;    // in use: flows, mappings, hosts; not rows of a map
  uint64_t room = 0;    // how many there may be
  uint64_t bytes = 0;   // as the kernel counts its memory, used or not
};

struct TableUse {
  uint32_t flows = 0, mappings = 0;
  std::vector<TableRows> tables;
  uint64_t bytes = 0;                                 // of these and all other tables of the engine
  uint32_t bytes_per_flow = 0, bytes_per_flow6 = 0;   // of `bytes`, for each flow that there is room for
  uint32_t resting_ports = 0;                         // of ended mappings, not yet for another host
  std::vector<uint64_t>
      port_searches;   // see SL_PATH_SEARCHES in maps/counters.h; empty: the engine cannot know
};

// What became of flows that another engine carried.
struct TakenOver {
  uint32_t taken = 0, already = 0, left = 0;
  std::vector<std::string> why;   // sentences about those that were left, the first few
};

// What became of the tables of another release.
struct CarriedTables {
  uint32_t from = 0, to = 0;   // layouts (SL_ABI)
  TakenOver flows;
  uint32_t late_flows = 0;   // of those: that began while programs were exchanged
  uint32_t mappings = 0, counters = 0, buckets = 0;
  std::chrono::microseconds
      exchange{};   // from the first program until the last flow was known to the new ones
};

// Behind which remote of a VXLAN a MAC address is, and how to speak to that remote.
struct TunnelEnd {
  uint32_t index = 0;   // of the VXLAN's device
  MacAddress mac{};
  IpAddress local, remote;
  uint32_t vni = 0;
  uint16_t port = 0;
  bool learned = false;   // by the kernel; otherwise somebody said so
};

// "tcp 192.168.10.2:40000 > 198.51.100.7:443", as its first packet arrived.
std::string to_string(const FlowState& flow);
std::string to_string(const FlowKey& flow);

}   // namespace sluice
