// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/flow_pair.hpp"

#include <algorithm>
#include <utility>

#include "compile/common/rows.hpp"
#include "maps/flow_row.h"
#include "maps/protocols.h"

namespace sluice {
namespace {

sl_tuple turned(sl_tuple t) {
  std::swap(t.source, t.destination);
  std::swap(t.source_port, t.destination_port);
  return t;
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
  if (changes_family(flow)) flags |= SL_FLOW_OTHER_FAMILY;
  if (flow.proxied) flags |= SL_FLOW_SYNPROXY;
  return flags;
}

// Without a next hop: what is checked against another version looks for it with its first packet.
FlowRow row_of(const sl_tuple& in, const sl_tuple& out, const FlowState& flow, const PairTimes& times) {
  const sl_flow_facts facts{
      .version = times.version,
      .stamp = times.now - std::min(flow.idle_seconds, flow.timeout_seconds) * times.hz,
      .policy = flow.policy,
      .nat = flow.nat,
      .ifindex_in = static_cast<uint16_t>(flow.zone_in == 0 ? flow.ifindex_out : flow.ifindex_in),
      .outside_vrf = flow.vrf_out,
      .view = flow.vrf_in,
      .state = row_state(flow.phase)};
  FlowRow row{.tuple = in, .flow = {}};
  sl_flow_begin(&row.flow, &out, &facts);
  sl_flow_set_deltas(&row.flow, &in, &out);
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
  row.tcp_ack = flow.shift;   // for its slot, see sl_flow_pair
}

void complete_reply(sl_flow& row, const FlowState& flow) {
  row.flags = sl_reply_flags(original_flags(flow));
  row.ifindex = flow.zone_in == 0 ? 0 : flow.ifindex_in;
  row.zone = static_cast<uint8_t>(flow.zone_out);
  row.zone_out = static_cast<uint8_t>(flow.zone_in);
  row.packets = flow.reply.packets;
  row.bytes = flow.reply.bytes;
  if (flow.protocol == IPPROTO_TCP && flow.phase == FlowPhase::kHalfOpen && flow.reply.packets)
    row.tcp_flags = SL_TCP_SYN_ACK;
}

sl_endpoint endpoint_of(const sl_addr& address, __be16 port, uint8_t protocol, uint32_t scope, uint16_t vrf) {
  sl_endpoint endpoint{};
  endpoint.address = address;
  endpoint.port = port;
  endpoint.protocol = protocol;
  endpoint.scope = scope;
  endpoint.vrf = vrf;
  return endpoint;
}

}   // namespace

FlowPair make_flow_pair(const FlowState& flow, const std::optional<SourceRule>& rule,
                        const PairTimes& times) {
  const sl_tuple in = tuple_of(flow.original, flow.protocol, flow.vrf_in),
                 back = tuple_of(
                     flow.reply,
                     changes_family(flow) ? sl_protocol_in_other_family(flow.protocol) : flow.protocol,
                     flow.vrf_out);
  FlowPair pair{row_of(in, turned(back), flow, times), row_of(back, turned(in), flow, times), {}, {}};
  complete_original(pair.original.flow, flow);
  complete_reply(pair.reply.flow, flow);
  if (!rule || !has_new_source(flow)) return pair;
  for (sl_flow* row : {&pair.original.flow, &pair.reply.flow}) row->nat = rule->object;
  const bool has_ports = in.source_port != 0 || in.destination_port != 0;
  // Towards the other family a port is had for each destination, without a mapping.
  if (!rule->masquerade || !has_ports || !sl_is_translated(flow.protocol) || changes_family(flow))
    return pair;
  pair.inside = endpoint_of(in.source, in.source_port, in.protocol, rule->scope, in.vrf);
  pair.outside = endpoint_of(back.destination, back.destination_port, in.protocol, 0, back.vrf);
  return pair;
}

void note_mapping(FlowPair& pair) { pair.original.flow.flags |= SL_FLOW_MAPPED; }

}   // namespace sluice
