// SPDX-License-Identifier: GPL-2.0-or-later
// Who allows it, and who translates its source: bpf/policy/match.h, bpf/nat/translate.h (source) and
// bpf/nat/masquerade.h.
#include <algorithm>

#include "base/protocol.hpp"
#include "compile/common/prefix_translation.hpp"
#include "compile/common/rows.hpp"
#include "explain/walk.hpp"

namespace sluice::detail {
namespace {

uint8_t reason_of(Action action) {
  if (action == Action::kAccept) return SL_DROP_NONE;
  return action == Action::kReject ? SL_DROP_REJECT : SL_DROP_POLICY;
}

uint32_t number_of(const Policy& policy, const NumberedRules& rules) {
  const auto row = std::ranges::find_if(rules.objects, [&](const ObjectRow& object) {
    return object.kind == SL_OBJECT_POLICY && object.name == policy.name;
  });
  return row == rules.objects.end() ? 0 : row->number;
}

}   // namespace

Passed Walk::judge_by(const Decision& decision) {
  if (decision.policy) told_.policy = number_of(*decision.policy, world_.rules);
  told_.action = row_action(decision.action);
  return reason_of(decision.action);
}

Passed Walk::judge_policy() {
  const sl_zone_pair* pair = tables_.pair(zone_in_, zone_out_);
  if (admitted_ && !(pair && pair->action == SL_NEVER)) {
    told_.policy = told_.nat;
    return SL_DROP_NONE;
  }
  told_.is &= static_cast<uint8_t>(~SL_EXPLAINED_ADMITTED);
  return judge_by(judge_.decide({zone_in_, zone_out_, in_.source.address, out_.destination.address,
                                 question_.protocol, out_.destination.port}));
}

bool Walk::is_hairpin() const {
  return new_destination_ && (hairpin_ || Judge::is_hairpin(packet(), view_, zone_out_));
}

Passed Walk::by_static_source(const sl_static& mapping) {
  told_.nat = mapping.object;
  told_.flags |= SL_FLOW_NEW_SOURCE;
  const auto outside = translated(in_.source.address, mapping);
  if (!outside) return SL_DROP_BAD_ADDRESS;
  leave_from(*outside, in_.source.port);
  return SL_DROP_NONE;
}

const MappingState* Walk::own_mapping(const sl_masquerade& masquerade) const {
  if (!has_ports(question_.protocol) || (masquerade.flags & SL_MASQUERADE_PER_DESTINATION)) return nullptr;
  const auto at = std::ranges::find_if(world_.mappings, [&](const MappingState& m) {
    return m.protocol == question_.protocol && m.vrf == in_.vrf && m.masquerade == masquerade.object &&
           Endpoint{m.inside, m.inside_port} == in_.source;
  });
  return world_.has_mappings && at != world_.mappings.end() ? &*at : nullptr;
}

Passed Walk::take_block(const sl_masquerade& masquerade) {
  const IpAddress inside = address_of(masquerade.inside);
  const AddressRange hosts{inside, inside.plus(masquerade.hosts - 1)};
  const bool has_one = hosts.first.family() == family() && hosts.contains(in_.source.address);
  return has_one ? SL_DROP_NONE : SL_DROP_NO_PORTS;
}

// All ports of an address that a static mapping has lead to its inside host; answers of a flow lead to the
// flow.
Passed Walk::claim(const sl_masquerade& masquerade, const IpAddress& outside) {
  leave_from(outside, 0);
  if (masquerade.flags & SL_MASQUERADE_PER_DESTINATION) return SL_DROP_NONE;
  if (!tables_.static_in(is_hairpin() ? view_ : out_.vrf, outside)) return SL_DROP_NONE;
  told_.asked = SL_ASKED_ANSWERS;
  return SL_DROP_NO_PORTS;
}

Passed Walk::take_outside_address(const sl_masquerade& masquerade) {
  if (masquerade.ranges) {
    const sl_pool& pool = world_.rules.pools[masquerade.pool];
    if (masquerade.ranges == 1 && pool.count == 1) return claim(masquerade, address_of(pool.first));
    return SL_DROP_NONE;
  }
  const sl_interface* device = tables_.interface(outside_ifindex_);
  const auto own = device ? address_of(*device, family()) : IpAddress();
  return own.is_unspecified() ? Passed(SL_DROP_NO_ADDRESS) : claim(masquerade, own);
}

Passed Walk::by_masquerade(const sl_masquerade& masquerade) {
  if (masquerade.object) told_.nat = masquerade.object;
  told_.flags |= SL_FLOW_NEW_SOURCE;
  told_.is |= SL_EXPLAINED_MASQUERADE;
  source_out_.reset();
  told_.source_port = 0;
  if (masquerade.hosts)
    if (const uint8_t reason = TRY(take_block(masquerade))) return reason;
  const MappingState* mapping = own_mapping(masquerade);
  if (!mapping) return take_outside_address(masquerade);
  told_.is |= SL_EXPLAINED_MAPPED;
  leave_from(mapping->outside, mapping->outside_port);
  return SL_DROP_NONE;
}

// Null: its source stays. nftables does not see by which link of a VRF's zone a packet came.
const sl_masquerade* Walk::by_own_address() {
  const uint32_t number = world_.rules.header.own_address;
  const bool is_back = ifindex_in_ == ifindex_out_ || (in_.vrf != SL_MAIN_VRF && zone_in_ == zone_out_);
  if (number == 0 || !new_destination_ || !is_back) return nullptr;
  if (outside_ifindex_ == 0) outside_ifindex_ = ifindex_out_;
  return &world_.rules.masquerades[number - 1];
}

Passed Walk::translate_source() {
  leave_from(in_.source.address, in_.source.port);
  if (to_host_) return SL_DROP_NONE;
  const bool hairpin = is_hairpin();
  if (!hairpin) outside_ifindex_ = ifindex_out_;
  const NatSource rule = judge_.source_rule(packet(), hairpin ? outside_zone_ : zone_out_,
                                            hairpin ? std::nullopt : std::optional(out_.destination.address));
  if (rule.mapping) return by_static_source(*rule.mapping);
  if (rule.masquerade) return by_masquerade(*rule.masquerade);
  if (const sl_masquerade* own = by_own_address()) return by_masquerade(*own);
  if (!world_.keeps_ports && in_.vrf != out_.vrf) leave_from(in_.source.address, 0);
  return SL_DROP_NONE;
}

// bpf/tunnel/into_tunnel.h
Passed Walk::leave_tunnels_alone() {
  if (question_.protocol != IPPROTO_UDP) return SL_DROP_NONE;
  const auto is_of_tunnel = [&](const IpAddress& local, const Endpoint& remote) {
    return tables_.is_of_tunnel(local, remote.address, remote.port);
  };
  if (!to_host_ && out_.vrf == SL_MAIN_VRF && source_out_ &&
      is_of_tunnel(source_out_->address, out_.destination))
    return SL_DROP_INTO_TUNNEL;
  const bool for_tunnel = to_host_ && in_.source.port == in_.destination.port;
  return in_.vrf != SL_MAIN_VRF || for_tunnel || !is_of_tunnel(in_.destination.address, in_.source)
             ? SL_DROP_NONE
             : SL_DROP_INTO_TUNNEL;
}

}   // namespace sluice::detail
