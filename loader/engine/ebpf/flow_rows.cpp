// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/flow_rows.hpp"

#include <arpa/inet.h>

#include <cstring>
#include <string_view>
#include <unordered_map>

namespace sluice {
namespace {

sl_addr mapped(__be32 ipv4) { return {{0, 0, htonl(0xffff), ipv4}}; }

sl_addr plain(const __be32 (&ipv6)[4]) {
  sl_addr row;
  std::memcpy(row.w, ipv6, sizeof(row.w));
  return row;
}

struct TupleHash {
  size_t operator()(const sl_tuple& t) const {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(&t), sizeof(t)});
  }
};
struct TupleEqual {
  bool operator()(const sl_tuple& a, const sl_tuple& b) const { return std::memcmp(&a, &b, sizeof(a)) == 0; }
};
using ByTuple = std::unordered_map<sl_tuple, const FlowRow*, TupleHash, TupleEqual>;

ByTuple index_of(const std::vector<FlowRow>& rows) {
  ByTuple index;
  index.reserve(rows.size());
  for (const FlowRow& row : rows) index.emplace(row.tuple, &row);
  return index;
}

const FlowRow* find_peer(const ByTuple& index, const FlowRow& row) {
  const auto at = index.find(peer_of(row));
  return at == index.end() ? nullptr : at->second;
}

// Clocks of two CPUs may differ by a tick: an age is never negative.
uint32_t age_of(const sl_flow& flow, uint32_t now) {
  const uint32_t age = now - flow.stamp;
  return age > 0x80000000u ? 0 : age;
}

uint32_t idle_of(const FlowRow& row, const FlowRow* peer, uint32_t now) {
  const uint32_t age = age_of(row.flow, now);
  return peer ? std::min(age, age_of(peer->flow, now)) : age;
}

FlowDirection direction_of(const FlowRow& row) {
  return {address_of(row.tuple.source),
          address_of(row.tuple.destination),
          ntohs(row.tuple.source_port),
          ntohs(row.tuple.destination_port),
          row.flow.packets,
          row.flow.bytes};
}

FlowPhase phase_of(uint8_t state) {
  switch (state) {
    case SL_FLOW_ESTABLISHED: return FlowPhase::kEstablished;
    case SL_FLOW_CLOSING: return FlowPhase::kClosing;
    default: return FlowPhase::kHalfOpen;
  }
}

FlowState state_of(const FlowRow& row, const FlowRow* peer, const sl_config& config, uint32_t now) {
  FlowState state;
  const uint32_t hz = std::max<uint32_t>(config.hz, 1);
  state.protocol = row.tuple.protocol;
  state.phase = phase_of(row.flow.state);
  state.original = direction_of(row);
  if (peer) state.reply = direction_of(*peer);
  state.vrf_in = row.tuple.vrf;
  state.vrf_out = row.flow.vrf;
  state.zone_in = row.flow.zone;
  state.zone_out = row.flow.zone_out;
  if (row.flow.flags & SL_FLOW_TO_HOST) state.zone_out = 0;
  state.policy = row.flow.policy;
  state.nat = row.flow.nat;
  state.proxied = row.flow.flags & SL_FLOW_SYNPROXY;
  const bool own = row.flow.flags & SL_FLOW_FROM_HOST;
  state.ifindex_in = own ? 0 : row.flow.ifindex_in;
  state.ifindex_out = own ? row.flow.ifindex_in : row.flow.ifindex;
  if (own) state.zone_in = 0;
  state.idle_seconds = idle_of(row, peer, now) / hz;
  state.timeout_seconds = config.timeout[timeout_kind(row.tuple.protocol, row.flow.state)] / hz;
  return state;
}

}   // namespace

sl_tuple tuple_of(const sl_flow4_key& key) {
  return {mapped(key.source),
          mapped(key.destination),
          key.source_port,
          key.destination_port,
          key.vrf,
          key.protocol,
          4};
}

sl_tuple tuple_of(const sl_flow6_key& key) {
  return {plain(key.source),
          plain(key.destination),
          key.source_port,
          key.destination_port,
          key.vrf,
          key.protocol,
          6};
}

sl_tuple peer_of(const FlowRow& row) {
  const sl_flow& f = row.flow;
  sl_tuple peer = row.tuple;
  peer.vrf = f.vrf;
  peer.source = peer.family == 4 ? mapped(f.destination4) : plain(f.destination6);
  peer.destination = peer.family == 4 ? mapped(f.source4) : plain(f.source6);
  peer.source_port = f.destination_port;
  peer.destination_port = f.source_port;
  return peer;
}

enum sl_timeout timeout_kind(uint8_t protocol, uint8_t state) {
  switch (protocol) {
    case IPPROTO_TCP:
      return state == SL_FLOW_ESTABLISHED ? SL_TIMEOUT_TCP_ESTABLISHED : SL_TIMEOUT_TCP_TRANSITORY;
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE: return state == SL_FLOW_HALF_OPEN ? SL_TIMEOUT_UDP_ONE_WAY : SL_TIMEOUT_UDP;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6: return SL_TIMEOUT_ICMP;
    default: return SL_TIMEOUT_OTHER;
  }
}

Result<std::vector<FlowRow>> read_flows(const Tables& tables) {
  std::vector<FlowRow> rows;
  TRY(for_each_flow(tables, [&](const sl_tuple& tuple, const sl_flow& flow) {
    rows.push_back({tuple, flow});
  }));
  return rows;
}

std::vector<FlowState> pair_up(const std::vector<FlowRow>& rows, const sl_config& config, uint32_t now) {
  const ByTuple index = index_of(rows);
  std::vector<FlowState> flows;
  for (const FlowRow& row : rows)
    if (!(row.flow.flags & SL_FLOW_REPLY)) flows.push_back(state_of(row, find_peer(index, row), config, now));
  return flows;
}

}   // namespace sluice
