// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/flow_rows.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "engine/ebpf/flow_memory.hpp"
#include "maps/protocols.h"

namespace sluice {

namespace {

sl_addr mapped(__be32 ipv4) { return {{0, 0, htonl(0xffff), ipv4}}; }

sl_addr plain(const __be32 (&ipv6)[4]) {
  sl_addr row;
  std::memcpy(row.w, ipv6, sizeof(row.w));
  return row;
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
    case SL_FLOW_CLOSING:
    case SL_FLOW_OVER:
    case SL_FLOW_TOLD: return FlowPhase::kClosing;
    default: return FlowPhase::kHalfOpen;
  }
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
  if (f.flags & SL_FLOW_OTHER_FAMILY) {
    peer.family = peer.family == 4 ? 6 : 4;
    peer.protocol = sl_protocol_in_other_family(peer.protocol);
  }
  peer.source = peer.family == 4 ? mapped(f.destination4) : plain(f.destination6);
  peer.destination = peer.family == 4 ? mapped(f.source4) : plain(f.source6);
  peer.source_port = f.destination_port;
  peer.destination_port = f.source_port;
  return peer;
}

sl_tuple tuple_of(const FlowDirection& way, uint8_t protocol, uint16_t vrf) {
  return {.source = row_address(way.source),
          .destination = row_address(way.destination),
          .source_port = htons(way.source_port),
          .destination_port = htons(way.destination_port),
          .vrf = vrf,
          .protocol = protocol,
          .family = static_cast<uint8_t>(way.source.is_ipv4() ? 4 : 6)};
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
  state.proxied = is_proxied(row.flow);
  const bool own = row.flow.flags & SL_FLOW_FROM_HOST;
  state.ifindex_in = own ? 0 : row.flow.ifindex_in;
  state.ifindex_out = own ? row.flow.ifindex_in : row.flow.ifindex;
  if (own) state.zone_in = 0;
  state.idle_seconds = idle_of(row, peer, now) / hz;
  state.timeout_seconds =
      config.timeout[sl_timeout_of(row.tuple.protocol, SL_FLOW_IS_LONG(row.flow.state))] / hz;
  return state;
}

sl_flow4_key key4_of(const sl_tuple& t) {
  sl_flow4_key key{};
  key.source = t.source.w[3];
  key.destination = t.destination.w[3];
  key.source_port = t.source_port;
  key.destination_port = t.destination_port;
  key.vrf = t.vrf;
  key.protocol = t.protocol;
  return key;
}

sl_flow6_key key6_of(const sl_tuple& t) {
  sl_flow6_key key{};
  std::memcpy(key.source, t.source.w, sizeof(key.source));
  std::memcpy(key.destination, t.destination.w, sizeof(key.destination));
  key.source_port = t.source_port;
  key.destination_port = t.destination_port;
  key.vrf = t.vrf;
  key.protocol = t.protocol;
  return key;
}

Result<std::optional<sl_flow>> find_flow(const Tables& tables, const sl_tuple& tuple) {
  const sl_config& config = *tables.config.operator->();
  return tuple.family == 4 ? tables.flows4.find(key4_of(tuple), config)
                           : tables.flows6.find(key6_of(tuple), config);
}

Result<uint32_t> shift_of(const Tables& tables, const FlowRow& row) {
  return shift_of(
      row, [&](uint32_t number) { return tables.flow_slots4.find(number); },
      [&](uint32_t number) { return tables.flow_slots6.find(number); });
}

namespace {

constexpr uint32_t kHomesAtOnce = 1024;

// `homes`: all of the table's, where somebody has them as memory.
template <class K, class Home>
Result<> append_originals(const FlowTable<K, Home>& table, std::optional<std::span<const Home>> homes,
                          uint64_t first, std::vector<FlowRow>& rows) {
  const auto keep = [&](const auto& key, const sl_flow& flow) {
    if (!(flow.flags & SL_FLOW_REPLY)) rows.push_back({sluice::tuple_of(key), flow});
  };
  if (!homes) return table.for_some(static_cast<uint32_t>(first), kHomesAtOnce, keep);
  table.visit(homes->subspan(first, std::min<uint64_t>(kHomesAtOnce, homes->size() - first)), keep);
  return {};
}

// With the row of its other direction, where there is one.
Result<FlowState> state_with_peer(const Tables& tables, const FlowMemory* memory, const FlowRow& row,
                                  uint32_t now) {
  const sl_tuple key = peer_of(row);
  const auto flow = TRY(memory ? memory->read(key) : find_flow(tables, key));
  const std::optional<FlowRow> peer = flow ? std::optional(FlowRow{key, *flow}) : std::nullopt;
  FlowState state = state_of(row, peer ? &*peer : nullptr, *tables.config.operator->(), now);
  state.shift = TRY(shift_of(tables, row));
  return state;
}

}   // namespace

Result<bool> FlowWalk::next(const Tables& tables, const FlowMemory* memory, uint32_t now,
                            std::vector<FlowState>& piece) {
  const uint64_t homes4 = tables.flows4.homes(), homes6 = tables.flows6.homes();
  std::vector<FlowRow> rows;
  if (home_ < homes4) {
    const auto homes = memory ? std::optional(memory->homes4()) : std::nullopt;
    TRY(append_originals(tables.flows4, homes, home_, rows));
    home_ = std::min(home_ + kHomesAtOnce, homes4);
  } else if (home_ < homes4 + homes6) {
    const auto homes = memory ? std::optional(memory->homes6()) : std::nullopt;
    TRY(append_originals(tables.flows6, homes, home_ - homes4, rows));
    home_ += kHomesAtOnce;
  }
  for (const FlowRow& row : rows) piece.push_back(TRY(state_with_peer(tables, memory, row, now)));
  return home_ < homes4 + homes6;
}

Result<> append_flows(const Tables& tables, const FlowMemory* memory, uint32_t now,
                      std::span<const sl_tuple> originals, std::vector<FlowState>& flows) {
  for (const sl_tuple& original : originals) {
    const auto row = TRY(memory ? memory->read(original) : find_flow(tables, original));
    if (row && !(row->flags & SL_FLOW_REPLY))
      flows.push_back(TRY(state_with_peer(tables, memory, {original, *row}, now)));
  }
  return {};
}

Result<std::vector<FlowState>> all_flows(const Tables& tables, uint32_t now) {
  std::vector<FlowState> flows;
  FlowWalk walk;
  while (TRY(walk.next(tables, nullptr, now, flows))) {
  }
  return flows;
}

Result<std::map<uint32_t, sl_object_count>> live_objects(const Tables& tables) {
  std::map<uint32_t, sl_object_count> live;
  TRY(for_each_flow(tables, [&](const sl_tuple&, const sl_flow& flow) {
    const auto add = [&](uint32_t number) {
      live[number].flows += (flow.flags & SL_FLOW_REPLY) == 0 ? 1 : 0;
      live[number].packets += flow.packets;
      live[number].bytes += flow.bytes;
    };
    add(flow.policy);
    if (flow.nat != flow.policy) add(flow.nat);
  }));
  return live;
}

}   // namespace sluice
