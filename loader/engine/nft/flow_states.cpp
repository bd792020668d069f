// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/nft/flow_states.hpp"

#include <fmt/format.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <netinet/in.h>

#include <algorithm>

#include "compile/common/timeouts.hpp"
#include "compile/nft/marks.hpp"
#include "engine/state.hpp"
#include "maps/layout.h"
#include "maps/protocols.h"

namespace sluice {

namespace {

FlowPhase tcp_phase(uint8_t state) {
  switch (state) {
    case TCP_CONNTRACK_NONE:
    case TCP_CONNTRACK_SYN_SENT:
    case TCP_CONNTRACK_SYN_SENT2:
    case TCP_CONNTRACK_SYN_RECV: return FlowPhase::kHalfOpen;
    case TCP_CONNTRACK_ESTABLISHED: return FlowPhase::kEstablished;
    default: return FlowPhase::kClosing;
  }
}

FlowPhase phase_of(const ConntrackEntry& entry) {
  if (entry.protocol == IPPROTO_TCP) return tcp_phase(entry.tcp_state);
  return entry.has_status(IPS_SEEN_REPLY) ? FlowPhase::kEstablished : FlowPhase::kHalfOpen;
}

FlowDirection direction_of(const ConntrackDirection& d, const std::optional<ConntrackCount>& count) {
  const ConntrackCount known = count.value_or(ConntrackCount{});
  return {d.source, d.destination, d.source_port, d.destination_port, known.packets, known.bytes};
}

ConntrackDirection direction_of(const FlowDirection& d) {
  return {d.source, d.destination, d.source_port, d.destination_port};
}

uint16_t pair_number(const FlowState& flow, const std::vector<ZonePair>& pairs) {
  if (pairs.empty()) return 0;
  const ZonePair wanted{flow.zone_in, flow.zone_out};
  const auto at = std::find(pairs.begin() + 1, pairs.end(), wanted);
  return at == pairs.end() ? 0 : static_cast<uint16_t>(at - pairs.begin());
}

uint16_t vrf_of(uint16_t zone, const FlowNumbers& numbers) {
  return zone < numbers.vrfs.size() ? numbers.vrfs[zone] : uint16_t{SL_MAIN_VRF};
}

// As the table's chains choose the zone (compile/nft/vrfs.cpp).
bool leaves_its_zone(const FlowState& flow, const FlowNumbers& numbers) {
  const bool of_gateway = flow.zone_in == 0 || flow.zone_out == 0;
  return flow.vrf_in != SL_MAIN_VRF &&
         (flow.vrf_in != flow.vrf_out || (of_gateway && numbers.asked.contains(flow.vrf_in)));
}

// A half-open connection whose answer was seen waits for the third packet of the handshake.
uint8_t tcp_state_of(const FlowState& flow) {
  switch (flow.phase) {
    case FlowPhase::kEstablished: return TCP_CONNTRACK_ESTABLISHED;
    case FlowPhase::kClosing: return TCP_CONNTRACK_FIN_WAIT;
    default: return flow.reply.packets ? TCP_CONNTRACK_SYN_RECV : TCP_CONNTRACK_SYN_SENT;
  }
}

uint32_t status_of(const FlowState& flow) {
  if (flow.phase != FlowPhase::kHalfOpen) return IPS_SEEN_REPLY | IPS_ASSURED;
  return flow.reply.packets ? uint32_t{IPS_SEEN_REPLY} : 0;
}

// What connection tracking remembers of these cannot be written, so their next packet would be invalid.
const char* why_not(uint8_t protocol) {
  switch (protocol) {
    case IPPROTO_SCTP: return "netfilter wants to know its verification tags, which nobody recorded";
    case IPPROTO_GRE:
      return "netfilter forgets a GRE flow that it did not see begin; its next packet begins anew";
    default: return nullptr;
  }
}

}   // namespace

std::optional<FlowState> flow_state(const ConntrackEntry& entry, const FlowNumbers& numbers,
                                    const Timeouts& timeouts) {
  const NftMark mark = unpack(entry.mark);
  const std::vector<ZonePair>& pairs = numbers.pairs;
  const bool is_ours = mark.pair != 0 && mark.pair < std::max(pairs.size(), numbers.pairs_before);
  if (mark.generation == 0 || !is_ours || entry.has_status(IPS_DYING)) return std::nullopt;
  FlowState flow;
  flow.protocol = entry.protocol;
  flow.phase = phase_of(entry);
  flow.proxied = entry.by_synproxy || entry.added_to_answers;
  flow.shift = 0 - entry.added_to_answers.value_or(0);
  flow.original = direction_of(entry.original, entry.original_count);
  flow.reply = direction_of(entry.reply, entry.reply_count);
  // Nothing passes between these zones any more?
  const bool gone = mark.pair >= pairs.size() || pairs[mark.pair] == ZonePair{};
  flow.zone_in = gone ? kUnknownZone : pairs[mark.pair].from;
  flow.zone_out = gone ? kUnknownZone : pairs[mark.pair].to;
  flow.vrf_in = entry.zone;
  flow.vrf_out = flow.zone_out == 0 ? flow.vrf_in : vrf_of(flow.zone_out, numbers);
  flow.policy = mark.object;
  flow.timeout_seconds = static_cast<uint32_t>(
      timeout_of(timeouts, sl_timeout_of(entry.protocol, flow.phase == FlowPhase::kEstablished)).count());
  flow.idle_seconds = flow.timeout_seconds - std::min(flow.timeout_seconds, entry.timeout_seconds);
  return flow;
}

Result<ConntrackEntry> conntrack_entry(const FlowState& flow, const FlowNumbers& numbers,
                                       uint8_t generation) {
  if (const char* why = why_not(flow.protocol)) return fail(fmt::format("flow {}: {}", to_string(flow), why));
  if (has_unknown_shift(flow)) return fail(fmt::format("flow {}: {}", to_string(flow), kUnknownShift));
  const uint16_t pair = pair_number(flow, numbers.pairs);
  if (pair == 0) return fail(fmt::format("flow {}: nothing passes between its zones", to_string(flow)));
  ConntrackEntry entry;
  entry.protocol = flow.protocol;
  entry.original = direction_of(flow.original);
  entry.reply = direction_of(flow.reply);
  entry.tcp_state = flow.protocol == IPPROTO_TCP ? tcp_state_of(flow) : uint8_t{TCP_CONNTRACK_NONE};
  entry.status = status_of(flow);
  entry.timeout_seconds = flow.timeout_seconds - std::min(flow.idle_seconds, flow.timeout_seconds - 1);
  if (flow.timeout_seconds == 0) entry.timeout_seconds = 1;
  entry.mark = pack({generation, pair, flow.policy});
  entry.zone = flow.vrf_in;
  entry.zone_of_original = leaves_its_zone(flow, numbers);
  if (flow.proxied) entry.added_to_answers = 0 - flow.shift;
  return entry;
}

}   // namespace sluice
