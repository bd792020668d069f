// SPDX-License-Identifier: GPL-2.0-or-later
// Who allows it, and who translates its source: bpf/policy/match.h, bpf/nat/translate.h (source) and
// bpf/nat/masquerade.h.
#include <fmt/format.h>

#include <algorithm>

#include "base/protocol.hpp"
#include "compile/common/prefix_translation.hpp"
#include "compile/common/rows.hpp"
#include "explain/limits.hpp"
#include "explain/walk.hpp"
#include "model/queues.hpp"

namespace sluice::detail {
namespace {

std::string_view verb_of(Action action) {
  switch (action) {
    case Action::kAccept: return "accepts";
    case Action::kDrop: return "drops";
    case Action::kReject: return "rejects";
  }
  return "drops";
}

uint8_t reason_of(Action action) {
  if (action == Action::kAccept) return SL_DROP_NONE;
  return action == Action::kReject ? SL_DROP_REJECT : SL_DROP_POLICY;
}

}   // namespace

Passed Walk::judge_by(const Policy* policy, const sl_zone_pair& pair) {
  const std::string from = names_.zone(zone_in_), to = names_.zone(zone_out_);
  if (policy) {
    told_.policy = policy->name;
    tell("policy", fmt::format("{} from {} to {}", verb_of(policy->action), from, to), policy->name);
    return reason_of(policy->action);
  }
  const bool passes = pair.action == SL_ACCEPT;
  tell("policy",
       fmt::format("none speaks of it: from {} to {} is {}", from, to, passes ? "accepted" : "dropped"));
  return passes ? SL_DROP_NONE : SL_DROP_POLICY;
}

Passed Walk::judge_policy() {
  const sl_zone_pair* pair = tables_.pair(zone_in_, zone_out_);
  if (admitted_ && !(pair && pair->action == SL_NEVER)) {
    told_.policy = names_.object(nat_);
    tell("policy", forward_.empty() ? "the filter admits it" : "the forward admits it", told_.policy);
    return SL_DROP_NONE;
  }
  forward_.clear();
  if (!pair) return SL_DROP_POLICY;
  const PolicyQuestion asked{zone_in_,           zone_out_,
                             in_.source.address, out_.destination.address,
                             question_.protocol, out_.destination.port};
  return judge_by(tables_.policy_for(asked), *pair);
}

bool Walk::is_hairpin() const {
  return new_destination_ && (zone_in_ == zone_out_ || hairpin_ || view_ != in_.vrf);
}

// Never a hairpin's, whose answer would go past the gateway.
bool Walk::is_excepted(const sl_masquerade& masquerade) const {
  return masquerade.except_set && !is_hairpin() &&
         tables_.set_has(masquerade.except_set, out_.destination.address);
}

Passed Walk::by_static_source(const sl_static& mapping) {
  nat_ = mapping.object;
  told_.nat = names_.object(nat_);
  const auto outside = translated(in_.source.address, mapping);
  tell("translation",
       outside ? fmt::format("a static mapping makes the source {}",
                             to_string(Endpoint{*outside, in_.source.port}))
               : "no word of the address can take the adjustment",
       told_.nat);
  if (!outside) return SL_DROP_BAD_ADDRESS;
  told_.new_source = *outside;
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

std::string Walk::pool_of(const sl_masquerade& masquerade) const {
  std::string text;
  for (uint32_t i = 0; i < masquerade.ranges; ++i) {
    const sl_pool& pool = world_.rules.pools[masquerade.pool + i];
    const IpAddress first = address_of(pool.first);
    text += fmt::format("{}{}", text.empty() ? "" : ", ",
                        AddressRange{first, first.plus(pool.count - 1)}.to_string());
  }
  return text;
}

Passed Walk::take_block(const sl_masquerade& masquerade) {
  const IpAddress inside = address_of(masquerade.inside);
  const AddressRange hosts{inside, inside.plus(masquerade.hosts - 1)};
  if (hosts.first.family() == family() && hosts.contains(in_.source.address)) return SL_DROP_NONE;
  tell("translation", "the masquerade has no ports for this host", told_.nat);
  return SL_DROP_NO_PORTS;
}

// All ports of an address that a static mapping has lead to its inside host.
Passed Walk::claim(const IpAddress& outside) {
  told_.new_source = outside;
  const sl_static* mapping = tables_.static_in(is_hairpin() ? view_ : out_.vrf, outside);
  tell("translation",
       mapping ? fmt::format("all ports of {} belong to a static mapping", outside.to_string())
               : fmt::format("masqueraded by {}", outside.to_string()),
       told_.nat);
  return mapping ? SL_DROP_NO_PORTS : SL_DROP_NONE;
}

Passed Walk::take_outside_address(const sl_masquerade& masquerade) {
  if (masquerade.ranges) {
    const sl_pool& pool = world_.rules.pools[masquerade.pool];
    if (masquerade.ranges == 1 && pool.count == 1) return claim(address_of(pool.first));
    tell("translation", fmt::format("masqueraded by {}", pool_of(masquerade)), told_.nat);
    return SL_DROP_NONE;
  }
  const sl_interface* device = tables_.interface(outside_ifindex_);
  const auto own = device ? address_of(*device, family()) : IpAddress();
  if (own.is_unspecified()) {
    tell("translation",
         fmt::format("{} has no {} address", names_.link(outside_ifindex_), to_string(family())), told_.nat);
    return SL_DROP_NO_ADDRESS;
  }
  return claim(own);
}

Passed Walk::by_masquerade(const sl_masquerade& masquerade) {
  nat_ = masquerade.object;
  told_.nat = names_.object(nat_);
  told_.new_source.reset();
  told_.new_source_port.reset();
  if (masquerade.hosts)
    if (const uint8_t reason = TRY(take_block(masquerade))) return reason;
  const MappingState* mapping = own_mapping(masquerade);
  if (!mapping) return take_outside_address(masquerade);
  told_.new_source = mapping->outside;
  told_.new_source_port = mapping->outside_port;
  tell("translation",
       fmt::format("masqueraded by its mapping {}",
                   to_string(Endpoint{mapping->outside, mapping->outside_port})),
       told_.nat);
  return SL_DROP_NONE;
}

Passed Walk::translate_source() {
  told_.new_source = in_.source.address;
  told_.new_source_port = in_.source.port;
  if (to_host_) return SL_DROP_NONE;
  const uint16_t outside = is_hairpin() ? outside_zone_ : zone_out_;
  if (!is_hairpin()) outside_ifindex_ = ifindex_out_;
  const sl_masquerade* masquerade = tables_.masquerade_between(zone_in_, outside, family());
  const sl_static* mapping = tables_.static_out(in_.vrf, in_.source.address);
  if (mapping && tables_.pair(zone_in_, outside) && applies(*mapping, outside, masquerade != nullptr))
    return by_static_source(*mapping);
  if (masquerade && !is_excepted(*masquerade)) return by_masquerade(*masquerade);
  if (!world_.keeps_ports && in_.vrf != out_.vrf) told_.new_source_port.reset();
  tell("translation", masquerade ? "the masquerade excepts this destination" : "the source stays",
       masquerade ? names_.object(masquerade->object) : "");
  return SL_DROP_NONE;
}

// bpf/tunnel/into_tunnel.h
Passed Walk::leave_tunnels_alone() {
  if (question_.protocol != IPPROTO_UDP) return SL_DROP_NONE;
  const auto is_of_tunnel = [&](const IpAddress& local, const Endpoint& remote) {
    return tables_.is_of_tunnel(local, remote.address, remote.port);
  };
  if (!to_host_ && out_.vrf == SL_MAIN_VRF && told_.new_source &&
      is_of_tunnel(*told_.new_source, out_.destination)) {
    tell("translation", "it would leave as a packet of a tunnel");
    return SL_DROP_INTO_TUNNEL;
  }
  const bool for_tunnel = to_host_ && in_.source.port == in_.destination.port;
  if (in_.vrf != SL_MAIN_VRF || for_tunnel || !is_of_tunnel(in_.destination.address, in_.source))
    return SL_DROP_NONE;
  tell("translation", "its answers would leave as packets of a tunnel");
  return SL_DROP_INTO_TUNNEL;
}

Passed Walk::meet_limits() {
  const LimitQuestion asked{.interface = question_.in,
                            .zone_out = zone_out_,
                            .source = in_.source.address,
                            .destination = out_.destination,
                            .protocol = question_.protocol,
                            .forward = forward_};
  for (const Limit* limit : limits_of(asked, world_.document)) {
    told_.limits.push_back(limit->name);
    tell("limit", fmt::format("at most {} by {}", to_string(limit->rate), to_string(limit->key)),
         limit->name);
  }
  return SL_DROP_NONE;
}

// Not a stage of the programs: the kernel's queues sort it, by the class of the VRF that it came in by.
Passed Walk::wait_in_queue() {
  const std::vector<Interface>& all = world_.document.interfaces;
  const auto out = std::ranges::find(all, told_.interface_out, &Interface::name);
  const auto queues = out == all.end() ? std::nullopt : queues_of(world_.document, *out);
  if (!queues) return SL_DROP_NONE;
  const QueueClass* share = nullptr;
  for (const QueueClass& one : queues->classes)
    if (one.number == in_.vrf || (!share && one.number == kOtherQueue)) share = &one;
  const std::string whose = share->number == in_.vrf ? fmt::format("VRF {}", names_.vrf(in_.vrf)) : "others";
  tell("queue", fmt::format("waits with {}: {} guaranteed, at most {}", whose,
                            bits_to_string(share->guaranteed * 8), bits_to_string(share->maximum * 8)));
  return SL_DROP_NONE;
}

}   // namespace sluice::detail
