// SPDX-License-Identifier: GPL-2.0-or-later
// What concerns the packet and its source alone: bpf/path/receive.h, admit.h, flow.h, and judge_source().
#include "base/protocol.hpp"
#include "compile/common/rows.hpp"
#include "explain/walk.hpp"

namespace sluice::detail {
namespace {

// ::/96 and what is written as IPv4 (RFC 4291): never on a wire.
bool in_zero_prefix(const IpAddress& a) {
  const auto& bytes = a.bytes();
  for (size_t i = 0; i < 12; ++i)
    if (bytes[i]) return false;
  return true;
}

bool is_bad_destination(const IpAddress& a) {
  if (!a.is_ipv4()) return in_zero_prefix(a);
  return a.ipv4() >= 0xf0000000 || a.ipv4() >> 24 == 127 || a.ipv4() >> 24 == 0;
}

bool is_bad_source(const IpAddress& a, bool asks_many) {
  if (a.is_multicast()) return true;
  if (!a.is_ipv4()) return in_zero_prefix(a);
  if (a.ipv4() >> 24 == 127 || a.ipv4() >= 0xe0000000) return true;
  return a.ipv4() >> 24 == 0 && !(a.is_unspecified() && asks_many);
}

bool is_to_many(const IpAddress& a) { return a.is_multicast() || (a.is_ipv4() && a.ipv4() == 0xffffffff); }

sl_flow_state state_of(FlowPhase phase) {
  switch (phase) {
    case FlowPhase::kHalfOpen: return SL_FLOW_HALF_OPEN;
    case FlowPhase::kEstablished: return SL_FLOW_ESTABLISHED;
    case FlowPhase::kClosing: return SL_FLOW_CLOSING;
  }
  return SL_FLOW_HALF_OPEN;
}

bool is_of(const FlowDirection& way, const Question& question) {
  if (way.source != question.source.address || way.destination != question.destination.address) return false;
  return !has_ports(question.protocol) ||
         (way.source_port == question.source.port && way.destination_port == question.destination.port);
}

}   // namespace

Passed Walk::enter() {
  ifindex_in_ = index_of(world_.observed, question_.in);
  device_ = tables_.interface(ifindex_in_);
  if (!device_) return SL_DROP_NOT_READY;
  zone_in_ = told_.zone_in = device_->zone;
  in_ = out_ = {question_.source, question_.destination, device_->vrf};
  told_.vrf_in = in_.vrf;
  return SL_DROP_NONE;
}

bool Walk::is_dhcp_answer() const {
  const uint16_t from = in_.source.port, to = in_.destination.port;
  if (question_.protocol != IPPROTO_UDP || !(device_->flags & SL_IF_UPLINK)) return false;
  if (family() == Family::kIpv4) return from == 67 && to == 68;
  return from == 547 && to == 546 && in_.destination.address.is_link_local();
}

Passed Walk::admit() {
  is_multicast_ = is_to_many(in_.destination.address);
  if (is_bad_source(in_.source.address, is_multicast_) ||
      (!is_multicast_ && is_bad_destination(in_.destination.address)))
    return SL_DROP_BAD_ADDRESS;
  if (is_multicast_) told_.is |= SL_EXPLAINED_MANY;
  if (is_dhcp_answer()) told_.is |= SL_EXPLAINED_ESSENTIAL;
  return SL_DROP_NONE;
}

void Walk::follow(const FlowState& flow, bool reply) {
  const FlowDirection& back = reply ? flow.original : flow.reply;
  told_.known = reply ? SL_KNOWN_REPLY : SL_KNOWN_ORIGINAL;
  told_.state = static_cast<uint8_t>(state_of(flow.phase));
  leave_from(back.destination, back.destination_port);
  told_.destination = row_address(back.source);
  told_.destination_port = htons(back.source_port);
  told_.zone_out = reply ? flow.zone_in : flow.zone_out;
  told_.vrf_out = reply ? flow.vrf_in : flow.vrf_out;
  told_.ifindex_out = reply ? flow.ifindex_in : flow.ifindex_out;
  told_.policy = flow.policy;
  told_.nat = flow.nat;
  end(told_.zone_out == 0 ? SL_V_TO_HOST : SL_V_FORWARDED);
}

Passed Walk::look_up_flow() {
  if (question_.as_new) return SL_DROP_NONE;
  for (const FlowState& flow : world_.flows) {
    if (flow.protocol != question_.protocol) continue;
    const bool original = flow.vrf_in == in_.vrf && is_of(flow.original, question_);
    const bool reply = flow.vrf_out == in_.vrf && is_of(flow.reply, question_);
    if (!original && !reply) continue;
    follow(flow, !original);
    if ((original ? flow.zone_in : flow.zone_out) == zone_in_) return SL_DROP_NONE;
    return SL_DROP_WRONG_ZONE;
  }
  return SL_DROP_NONE;
}

// bpf/flow/create.h: the answers belong to one flow only. Where the port is chosen, another one is.
Passed Walk::meet_flows() {
  if (!source_out_ || !source_out_->port) return SL_DROP_NONE;
  const auto is_answer = [&](const FlowDirection& d, uint16_t vrf) {
    return vrf == out_.vrf && Endpoint{d.source, d.source_port} == out_.destination &&
           Endpoint{d.destination, d.destination_port} == *source_out_;
  };
  for (const FlowState& flow : world_.flows) {
    if (flow.protocol != question_.protocol) continue;
    if (flow.vrf_in == in_.vrf && is_of(flow.original, question_)) continue;   // asked for as if it were not
    const bool begun_there = is_answer(flow.original, flow.vrf_in);
    if (!begun_there && !is_answer(flow.reply, flow.vrf_out)) continue;
    if (!world_.keeps_ports) {
      told_.is |= SL_EXPLAINED_OTHER_PORT;
      told_.source_port = 0;
      return SL_DROP_NONE;
    }
    const bool unasked = begun_there && flow.phase == FlowPhase::kHalfOpen && new_destination_ &&
                         question_.protocol == IPPROTO_UDP;
    if (!unasked && flow.phase != FlowPhase::kClosing) return SL_DROP_FLOW_CONFLICT;
    told_.is |= SL_EXPLAINED_GIVES_WAY;
    told_.state = static_cast<uint8_t>(state_of(flow.phase));
    return SL_DROP_NONE;
  }
  return SL_DROP_NONE;
}

// They end at the gateway: no flow, because the answers come from other addresses.
Passed Walk::judge_multicast() {
  if (!is_multicast_ && !is_dhcp_answer()) return SL_DROP_NONE;
  told_.destination = row_address(in_.destination.address);
  told_.destination_port = htons(in_.destination.port);
  leave_from(in_.source.address, in_.source.port);
  end(SL_V_TO_HOST);
  if (is_dhcp_answer()) return SL_DROP_NONE;
  return TRY(judge_policy()) ? SL_DROP_POLICY : SL_DROP_NONE;
}

// The interface that the way back to an address leads out of; null: none of the document.
Result<const sl_interface*> Walk::way_back(const IpAddress& source) {
  const RouteAnswer answer = TRY(routes_.find(in_.vrf, source));
  const sl_interface* device = answer.way ? tables_.interface(answer.way->ifindex) : nullptr;
  return device && device->vrf == in_.vrf ? device : nullptr;
}

Passed Walk::judge_source() {
  const IpAddress& source = in_.source.address;
  if (tables_.local(in_.vrf, source)) return SL_DROP_OWN_SOURCE;
  if (!source.is_ipv4() && source.is_link_local()) return SL_DROP_NONE;
  if (device_->bogons && tables_.set_has(device_->bogons, source)) return SL_DROP_BOGON;
  if (device_->anti_spoofing == SL_ANY_SOURCE) return SL_DROP_NONE;
  const sl_interface* back = TRY(way_back(source));
  told_.zone_behind = back ? back->zone : 0;
  const bool loose = device_->anti_spoofing == SL_LOOSE_SOURCE;
  const bool right = back && (back->zone == zone_in_ || (loose && (back->flags & SL_IF_UPLINK)));
  return right ? SL_DROP_NONE : SL_DROP_SPOOFED;
}

}   // namespace sluice::detail
