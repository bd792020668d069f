// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/flow_pair.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "compile/common/rows.hpp"
#include "maps/protocols.h"

namespace sluice {
namespace {

constexpr uint8_t kScaleMax = 14;   // RFC 7323; what the packet path assumes where it saw no SYN

// Arrives in this VRF.
sl_tuple tuple_of(const FlowDirection& d, uint8_t protocol, uint16_t vrf) {
  return {.source = row_address(d.source),
          .destination = row_address(d.destination),
          .source_port = htons(d.source_port),
          .destination_port = htons(d.destination_port),
          .vrf = vrf,
          .protocol = protocol,
          .family = static_cast<uint8_t>(d.source.is_ipv4() ? 4 : 6)};
}

sl_tuple turned(sl_tuple t) {
  std::swap(t.source, t.destination);
  std::swap(t.source_port, t.destination_port);
  return t;
}

uint16_t fold(uint32_t sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>((sum & 0xffff) + (sum >> 16));
}

// In the byte order that the rows have: ones' complement sums do not care.
uint32_t sum_of(const sl_addr& address) {
  uint32_t sum = 0;
  for (const __be32 word : address.w) sum += (word & 0xffff) + (word >> 16);
  return sum;
}

uint16_t delta(uint32_t from, uint32_t to) {
  return fold(uint32_t{fold(to)} + static_cast<uint16_t>(~fold(from)));
}

uint8_t row_state(FlowPhase phase) {
  switch (phase) {
    case FlowPhase::kEstablished: return SL_FLOW_ESTABLISHED;
    case FlowPhase::kClosing: return SL_FLOW_CLOSING;
    default: return SL_FLOW_HALF_OPEN;
  }
}

uint16_t original_flags(const FlowState& flow) {
  uint16_t flags = 0;
  if (has_new_source(flow)) flags |= SL_FLOW_NEW_SOURCE;
  if (has_new_destination(flow)) flags |= SL_FLOW_NEW_DESTINATION;
  if (flow.zone_in == 0) flags |= SL_FLOW_FROM_HOST;
  if (flow.zone_in != 0 && flow.zone_out == 0) flags |= SL_FLOW_TO_HOST;
  return flags;
}

uint16_t reply_flags(uint16_t original) {
  uint16_t flags = SL_FLOW_REPLY;
  if (original & SL_FLOW_NEW_SOURCE) flags |= SL_FLOW_NEW_DESTINATION;
  if (original & SL_FLOW_NEW_DESTINATION) flags |= SL_FLOW_NEW_SOURCE;
  if (original & SL_FLOW_TO_HOST) flags |= SL_FLOW_FROM_HOST;
  if (original & SL_FLOW_FROM_HOST) flags |= SL_FLOW_TO_HOST;
  return flags;
}

void set_out(sl_flow& row, const sl_tuple& out) {
  row.vrf = out.vrf;
  if (out.family == 4) {
    row.source4 = out.source.w[3];
    row.destination4 = out.destination.w[3];
  } else {
    std::memcpy(row.source6, out.source.w, sizeof(row.source6));
    std::memcpy(row.destination6, out.destination.w, sizeof(row.destination6));
  }
  row.source_port = out.source_port;
  row.destination_port = out.destination_port;
}

// Without a next hop: what is checked against another version looks for it with its first packet.
FlowRow row_of(const sl_tuple& in, const sl_tuple& out, const FlowState& flow, const PairTimes& times) {
  FlowRow row{.tuple = in, .flow = {}};
  set_out(row.flow, out);
  row.flow.address_delta = address_delta(in, out);
  row.flow.port_delta = port_delta(in, out);
  row.flow.state = row_state(flow.phase);
  row.flow.tcp_scale = kScaleMax;
  row.flow.version = times.version;
  row.flow.stamp = times.now - std::min(flow.idle_seconds, flow.timeout_seconds) * times.hz;
  row.flow.policy = flow.policy;
  row.flow.nat = flow.nat;
  row.flow.outside_vrf = flow.vrf_out;
  row.flow.view = flow.vrf_in;
  row.flow.ifindex_in = static_cast<uint16_t>(flow.zone_in == 0 ? flow.ifindex_out : flow.ifindex_in);
  return row;
}

void complete_original(sl_flow& row, const FlowState& flow) {
  const bool own = flow.zone_in == 0 || flow.zone_out == 0;
  row.flags = original_flags(flow);
  row.ifindex = own ? 0 : flow.ifindex_out;
  row.zone = static_cast<uint8_t>(flow.zone_in);
  row.zone_out = static_cast<uint8_t>(flow.zone_out);
  row.packets = flow.original.packets;
  row.bytes = flow.original.bytes;
}

void complete_reply(sl_flow& row, const FlowState& flow) {
  row.flags = reply_flags(original_flags(flow));
  row.ifindex = flow.zone_in == 0 ? 0 : flow.ifindex_in;
  row.zone = static_cast<uint8_t>(flow.zone_out);
  row.zone_out = static_cast<uint8_t>(flow.zone_in);
  row.packets = flow.reply.packets;
  row.bytes = flow.reply.bytes;
  if (flow.protocol == IPPROTO_TCP && flow.phase == FlowPhase::kHalfOpen && flow.reply.packets)
    row.tcp_flags = SL_TCP_SYN_ACK;
}

sl_endpoint endpoint_of(const sl_addr& address, __be16 port, uint8_t protocol, uint32_t scope, uint16_t vrf) {
  return {.address = address,
          .port = port,
          .protocol = protocol,
          .zero = 0,
          .scope = scope,
          .vrf = vrf,
          .zero2 = 0};
}

}   // namespace

uint16_t address_delta(const sl_tuple& from, const sl_tuple& to) {
  const uint16_t sum =
      delta(sum_of(from.source) + sum_of(from.destination), sum_of(to.source) + sum_of(to.destination));
  return sum == 0xffff ? 0 : sum;   // 0 in its other form
}

uint16_t port_delta(const sl_tuple& from, const sl_tuple& to) {
  if (from.source_port == to.source_port && from.destination_port == to.destination_port) return 0;
  return delta(uint32_t{from.source_port} + from.destination_port,
               uint32_t{to.source_port} + to.destination_port);
}

FlowPair make_flow_pair(const FlowState& flow, const std::optional<SourceRule>& rule,
                        const PairTimes& times) {
  const sl_tuple in = tuple_of(flow.original, flow.protocol, flow.vrf_in),
                 back = tuple_of(flow.reply, flow.protocol, flow.vrf_out);
  FlowPair pair{row_of(in, turned(back), flow, times), row_of(back, turned(in), flow, times), {}, {}};
  complete_original(pair.original.flow, flow);
  complete_reply(pair.reply.flow, flow);
  if (!rule || !has_new_source(flow)) return pair;
  for (sl_flow* row : {&pair.original.flow, &pair.reply.flow}) row->nat = rule->object;
  const bool has_ports = in.source_port != 0 || in.destination_port != 0;
  if (!rule->masquerade || !has_ports || !sl_is_translated(flow.protocol)) return pair;
  pair.inside = endpoint_of(in.source, in.source_port, in.protocol, rule->scope, in.vrf);
  pair.outside = endpoint_of(back.destination, back.destination_port, in.protocol, 0, back.vrf);
  return pair;
}

void note_mapping(FlowPair& pair) { pair.original.flow.flags |= SL_FLOW_MAPPED; }

}   // namespace sluice
