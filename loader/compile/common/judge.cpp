// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/common/judge.hpp"

#include <netinet/in.h>

#include "compile/common/prefix_translation.hpp"
#include "compile/common/rows.hpp"

namespace sluice {
namespace {

Endpoint endpoint_of(const sl_backend& backend, uint16_t asked) {
  return {address_of(backend.to), backend.to_port ? backend.to_port : asked};
}

// Its flows end, because it is down; connections that are over as well, which their client may open again.
bool is_left(const sl_backend& backend, uint8_t protocol, bool is_closing) {
  if (is_closing && backend.flags) return true;
  return backend.flags & (protocol == IPPROTO_UDP ? SL_BACKEND_ENDS_UDP : SL_BACKEND_ENDS_TCP);
}

bool is_through(const FlowEnds& flow) { return flow.packet.zone_in != 0 && flow.zone_out != 0; }

}   // namespace

const sl_backend* Judge::backend_of(const sl_forward& service, const FirstPacket& packet,
                                    const FlowEnds* flow) const {
  const auto& rows = tables_.rules().backends;
  if (!flow) {
    const bool by_turn = service.turns && service.balance != SL_BALANCE_LEAST_CONNECTIONS;
    const uint32_t first = by_turn ? rows[service.backends + service.members].turn[0] : 0;
    return service.turns ? &rows[service.backends + first].backend : nullptr;
  }
  for (uint32_t i = 0; i < service.members; ++i) {
    const sl_backend& backend = rows[service.backends + i].backend;
    if (backend.vrf != flow->vrf_out && !flow->in_any_vrf) continue;
    if (endpoint_of(backend, packet.destination.port) == flow->answers_from)
      return is_left(backend, packet.protocol, flow->is_closing) ? nullptr : &backend;
  }
  return nullptr;
}

// Forwards before static mappings: the more special before the more general.
std::optional<NatTarget> Judge::target_in(uint16_t view, const FirstPacket& packet,
                                          const FlowEnds* flow) const {
  const Endpoint& asked = packet.destination;
  const sl_forward* f = tables_.forward(view, packet.protocol, asked.address, asked.port);
  if (f && (f->flags & SL_FORWARD_SERVICE)) {
    NatTarget target{.forward = f, .backend = backend_of(*f, packet, flow), .view = view, .vrf = f->vrf};
    if (!target.backend) return target;
    target.at = endpoint_of(*target.backend, asked.port);
    target.vrf = target.backend->vrf;
    return target;
  }
  if (f)
    return NatTarget{
        .at = Endpoint{address_of(f->to), static_cast<uint16_t>(f->to_port + (asked.port - f->first_port))},
        .forward = f,
        .view = view,
        .vrf = f->vrf};
  const sl_static* s = tables_.static_in(view, asked.address);
  if (!s) return std::nullopt;
  NatTarget target{.mapping = s, .view = view, .vrf = s->vrf};
  if (const auto inside = translated(asked.address, *s)) target.at = Endpoint{*inside, asked.port};
  return target;
}

bool Judge::may_use(const sl_forward& forward, const IpAddress& source) const {
  return forward.source_set == 0 || tables_.set_has(forward.source_set, source);
}

bool Judge::is_hidden(uint16_t zone_in, uint16_t zone_out, Family family) const {
  return zone_in != zone_out && tables_.masquerade_between(zone_out, zone_in, family);
}

Decision Judge::decide(const PolicyQuestion& question) const {
  const sl_zone_pair* pair = tables_.pair(question.zone_in, question.zone_out);
  if (!pair || pair->action == SL_NEVER) return {};
  if (const Policy* policy = tables_.policy_for(question)) return {policy, policy->action};
  return {nullptr, pair->action == SL_ACCEPT ? Action::kAccept : Action::kDrop};
}

bool Judge::is_hairpin(const FirstPacket& packet, uint16_t view, uint16_t zone_out) {
  return packet.zone_in == zone_out || view != packet.vrf_in;
}

NatSource Judge::source_rule(const FirstPacket& packet, uint16_t outside,
                             const std::optional<IpAddress>& destination) const {
  const sl_masquerade* row =
      tables_.masquerade_between(packet.zone_in, outside, packet.source.address.family());
  const sl_static* mapping = tables_.static_out(packet.vrf_in, packet.source.address);
  const bool mapped =
      mapping && tables_.pair(packet.zone_in, outside) && applies(*mapping, outside, row != nullptr);
  const bool excepted =
      row && row->except_set && destination && tables_.set_has(row->except_set, *destination);
  return {mapped ? mapping : nullptr, excepted ? nullptr : row};
}

// Whom nobody translates goes where the routes lead, and they have been asked already.
NatTarget Judge::target_of(const FlowEnds& flow) const {
  const FirstPacket& packet = flow.packet;
  if (packet.zone_in != 0) {
    if (const auto target = target_in(packet.vrf_in, packet, &flow)) return *target;
    const auto next = tables_.vrf_through(packet.vrf_in, packet.destination.address);
    if (const auto target = next ? target_in(*next, packet, &flow) : std::nullopt) return *target;
  }
  return {.at = packet.destination, .view = packet.vrf_in, .vrf = flow.vrf_out};
}

Judge::Outside Judge::outside_of(const FlowEnds& flow, const NatTarget& target) const {
  if (!is_through(flow)) return {};
  const bool hairpin = target.is_new() && is_hairpin(flow.packet, target.view, flow.zone_out);
  Outside side{hairpin ? target.zone() : flow.zone_out, hairpin ? target.ifindex() : flow.ifindex_out, {}};
  side.rule =
      source_rule(flow.packet, side.zone, hairpin ? std::nullopt : std::optional(flow.answers_from.address));
  return side;
}

// The address that a masqueraded flow leaves with must still be one that the rule gives.
bool Judge::gives(const sl_masquerade& masquerade, const IpAddress& seen, uint32_t device) const {
  for (uint32_t i = 0; i < masquerade.ranges; ++i) {
    const sl_pool& pool = tables_.rules().pools[masquerade.pool + i];
    const IpAddress first = address_of(pool.first);
    if (AddressRange{first, first.plus(pool.count - 1)}.contains(seen)) return true;
  }
  if (masquerade.ranges) return false;
  const sl_interface* row = tables_.interface(device);
  return row && address_of(*row, seen.family()) == seen;
}

// A hairpin that no rule translates (by_own_address() in bpf/nat/translate.h). Over which link it came is not
// known, so that its own address is right as well.
bool Judge::is_by_own_address(const FlowEnds& flow, const NatTarget& target) const {
  const uint32_t number = tables_.rules().header.own_address;
  if (number == 0 || !target.is_new() || flow.packet.zone_in != flow.zone_out) return false;
  const uint32_t device = target.ifindex() ? target.ifindex() : flow.ifindex_out;
  return gives(tables_.rules().masquerades[number - 1], flow.answers_to.address, device);
}

bool Judge::source_is_right(const FlowEnds& flow, const NatTarget& target) const {
  const Outside side = outside_of(flow, target);
  const Endpoint &source = flow.packet.source, &seen = flow.answers_to;
  if (side.rule.mapping) return seen.address == translated(source.address, *side.rule.mapping);
  if (side.rule.masquerade) return gives(*side.rule.masquerade, seen.address, side.ifindex);
  if (is_by_own_address(flow, target)) return true;
  // Where two VRFs' flows would look alike to the same port, netfilter gives the one another
  // (docs/nftables.md).
  return seen.address == source.address && (seen.port == source.port || flow.packet.vrf_in != flow.vrf_out);
}

bool Judge::allows(const FlowEnds& flow) const {
  const FirstPacket& packet = flow.packet;
  const NatTarget target = target_of(flow);
  if (target.at != flow.answers_from || target.vrf != flow.vrf_out) return false;
  if (target.forward && !may_use(*target.forward, packet.source.address)) return false;
  if (is_through(flow) && !target.is_new() &&
      is_hidden(packet.zone_in, flow.zone_out, packet.source.address.family()))
    return false;
  const sl_zone_pair* pair = tables_.pair(packet.zone_in, flow.zone_out);
  if (!pair || pair->action == SL_NEVER) return false;
  if (target.forward) return source_is_right(flow, target);
  const Decision decision = decide({packet.zone_in, flow.zone_out, packet.source.address,
                                    flow.answers_from.address, packet.protocol, flow.answers_from.port});
  return decision.action == Action::kAccept && source_is_right(flow, target);
}

bool Judge::lost_its_backend(const FlowEnds& flow) const {
  const NatTarget target = target_of(flow);
  return target.forward && !target.at;
}

uint32_t Judge::nat_of(const FlowEnds& flow) const {
  if (flow.packet.zone_in == 0) return 0;
  const NatTarget target = target_of(flow);
  if (flow.answers_to != flow.packet.source) {
    const NatSource rule = outside_of(flow, target).rule;
    if (rule.mapping && flow.answers_to.address == translated(flow.packet.source.address, *rule.mapping))
      return rule.mapping->object;
    if (rule.masquerade) return rule.masquerade->object;
  }
  return flow.answers_from == flow.packet.destination ? 0 : target.object();
}

}   // namespace sluice
