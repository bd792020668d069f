// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/judge.hpp"

#include <algorithm>

#include "plan/policy_classes.hpp"
#include "plan/prefix_translation.hpp"
#include "plan/rows.hpp"

namespace sluice {
namespace {

std::string bytes_of(const sl_forward_key& key) { return {reinterpret_cast<const char*>(&key), sizeof(key)}; }

bool covers(const sl_prefix_key& key, const IpAddress& address) {
  const auto a = address_of(key.address).bytes();
  const auto& b = address.bytes();
  for (uint32_t bit = 0; bit + 32 < key.prefixlen; ++bit)
    if ((a[bit / 8] ^ b[bit / 8]) & (0x80 >> (bit % 8))) return false;
  return true;
}

// The longest prefix that holds the address, of those with this tag.
template <class Value>
const Value* longest(const Rows<sl_prefix_key, Value>& rows, uint32_t tag, const IpAddress& address) {
  const Value* best = nullptr;
  uint32_t length = 0;
  for (const auto& [key, row] : rows)
    if (key.tag == tag && key.prefixlen >= length && covers(key, address)) {
      best = &row;
      length = key.prefixlen;
    }
  return best;
}

bool contains(const std::vector<Prefix>& prefixes, const IpAddress& address) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const Prefix& p) { return p.contains(address); });
}

}   // namespace

Judge::Judge(const Document& document, const RulesEbpf& rules) : document_(document), rules_(rules) {
  for (const auto& [key, row] : rules.forwards) forwards_.emplace(bytes_of(key), &row);
  for (const Policy& policy : document.policies)
    parts_.push_back({resolve(policy.source, document), resolve(policy.destination, document)});
}

const sl_zone_pair& Judge::pair(uint16_t from, uint16_t to) const {
  return rules_.zone_pairs[from * rules_.zones.size() + to];
}

uint32_t Judge::masquerade_between(uint16_t from, uint16_t to, const IpAddress& of) const {
  return masquerade_of(pair(from, to), of.family());
}

// Ranges stand there as blocks: the longest one that holds the port.
const sl_forward* Judge::forward_of(uint16_t view, const FlowEnds& flow) const {
  if (forwards_.empty() || flow.destination_port == 0) return nullptr;
  sl_forward_key key{};
  key.vrf = view;
  key.protocol = flow.protocol;
  key.address = row_address(flow.destination);
  for (int bits = 16; bits >= 0; --bits) {
    key.prefixlen = SL_FORWARD_FIXED_BITS + static_cast<uint32_t>(bits);
    key.port = htons(bits == 0 ? 0 : static_cast<uint16_t>(flow.destination_port & (0xffff << (16 - bits))));
    if (const auto at = forwards_.find(bytes_of(key)); at != forwards_.end()) return at->second;
  }
  return nullptr;
}

const sl_static* Judge::static_of(const Rows<sl_prefix_key, sl_static>& rows, uint16_t vrf,
                                  const IpAddress& address) const {
  return longest(rows, vrf, address);
}

std::optional<uint16_t> Judge::vrf_through(uint16_t vrf, const IpAddress& address) const {
  const uint32_t* next =
      longest(rules_.vrf_through, SL_SET_TAG(uint32_t{vrf}, address.is_ipv4() ? 4 : 6), address);
  if (!next) return std::nullopt;
  return static_cast<uint16_t>(*next);
}

std::optional<Judge::Target> Judge::target_in(uint16_t view, const FlowEnds& flow) const {
  if (const sl_forward* f = forward_of(view, flow))
    return Target{address_of(f->to),
                  static_cast<uint16_t>(f->to_port + (flow.destination_port - f->first_port)),
                  f,
                  nullptr,
                  view,
                  f->vrf};
  if (const sl_static* s = static_of(rules_.static_in, view, flow.destination))
    return Target{translated(flow.destination, *s).value_or(IpAddress()),
                  flow.destination_port,
                  nullptr,
                  s,
                  view,
                  s->vrf};
  return std::nullopt;
}

// Whom nobody translates goes where the routes lead, and they have been asked already.
Judge::Target Judge::target_of(const FlowEnds& flow) const {
  if (const auto target = target_in(flow.vrf_in, flow)) return *target;
  if (const auto next = flow.vrf_in ? vrf_through(flow.vrf_in, flow.destination) : std::nullopt)
    if (const auto target = target_in(*next, flow)) return *target;
  return untranslated(flow);
}

Judge::Target Judge::untranslated(const FlowEnds& flow) {
  return {flow.destination, flow.destination_port, nullptr, nullptr, flow.vrf_in, flow.vrf_out};
}

bool Judge::set_has(uint32_t set, const IpAddress& address) const {
  const uint32_t tag = SL_SET_TAG(set, address.is_ipv4() ? 4 : 6);
  return std::any_of(rules_.set_members.begin(), rules_.set_members.end(),
                     [&](const auto& row) { return row.first.tag == tag && covers(row.first, address); });
}

bool Judge::may_use(const sl_forward& forward, const IpAddress& source) const {
  return forward.source_set == 0 || set_has(forward.source_set, source);
}

// Of the flow, by the destination that was called: nullptr where none applies.
const sl_masquerade* Judge::masquerade_for(const FlowEnds& flow, uint16_t outside) const {
  const uint32_t number = masquerade_between(flow.zone_in, outside, flow.source);
  if (number == 0) return nullptr;
  const sl_masquerade& row = rules_.masquerades[number - 1];
  return row.except_set && set_has(row.except_set, flow.destination) ? nullptr : &row;
}

bool Judge::matches(size_t index, const FlowEnds& flow) const {
  const Policy& policy = document_.policies[index];
  const PolicyParts& parts = parts_[index];
  if (!speaks_of(policy, rules_.zones[flow.zone_in], rules_.zones[flow.zone_out])) return false;
  if (!policy.source.any() && !contains(parts.source, flow.source)) return false;
  if (!policy.destination.any() && !contains(parts.destination, flow.reply_source)) return false;
  const auto& protocols = policy.protocols;
  if (!protocols.empty() && std::find(protocols.begin(), protocols.end(), flow.protocol) == protocols.end())
    return false;
  return policy.ports.empty() ||
         std::any_of(policy.ports.begin(), policy.ports.end(),
                     [&](const PortRange& r) { return r.contains(flow.reply_source_port); });
}

Action Judge::action_for(const FlowEnds& flow) const {
  for (size_t i = 0; i < document_.policies.size(); ++i)
    if (matches(i, flow)) return document_.policies[i].action;
  return pair(flow.zone_in, flow.zone_out).action == SL_ACCEPT ? Action::kAccept : Action::kDrop;
}

std::pair<uint16_t, uint32_t> Judge::outside_of(const FlowEnds& flow, const Target& target) const {
  const bool hairpin = flow.zone_in == flow.zone_out || target.view != flow.vrf_in;
  if (hairpin && target.forward) return {target.forward->zone, target.forward->ifindex};
  if (hairpin && target.mapping) return {target.mapping->zone, target.mapping->ifindex};
  return {flow.zone_out, flow.ifindex_out};
}

// The address that a masqueraded flow leaves with must still be one that the rule gives.
bool Judge::gives(const sl_masquerade& masquerade, const FlowEnds& flow, uint32_t device) const {
  const IpAddress& seen = flow.reply_destination;
  for (uint32_t i = 0; i < masquerade.ranges; ++i) {
    const sl_pool& pool = rules_.pools[masquerade.pool + i];
    const IpAddress first = address_of(pool.first);
    if (AddressRange{first, first.plus(pool.count - 1)}.contains(seen)) return true;
  }
  if (masquerade.ranges) return false;
  for (const auto& [index, row] : rules_.interfaces) {
    if (index != device) continue;
    return address_of(row, seen.family()) == seen;
  }
  return false;
}

bool Judge::source_is_right(const FlowEnds& flow, const Target& target) const {
  const auto [zone, device] = outside_of(flow, target);
  // Where two VRFs' flows would look alike to the same port, netfilter gives the one another
  // (docs/nftables.md).
  const bool same = flow.reply_destination == flow.source &&
                    (flow.reply_destination_port == flow.source_port || flow.vrf_in != flow.vrf_out);
  if (flow.zone_in == 0 || flow.zone_out == 0 || zone >= rules_.zones.size()) return same;
  const bool masqueraded = masquerade_between(flow.zone_in, zone, flow.source) != 0;
  const sl_static* mapping = static_of(rules_.static_out, flow.vrf_in, flow.source);
  if (mapping && applies(*mapping, zone, masqueraded))
    return flow.reply_destination == translated(flow.source, *mapping);
  const sl_masquerade* row = masquerade_for(flow, zone);
  return row ? gives(*row, flow, device) : same;
}

bool Judge::allows(const FlowEnds& flow) const {
  const Target target = flow.zone_in == 0 ? untranslated(flow) : target_of(flow);
  if (flow.reply_source != target.address || flow.reply_source_port != target.port ||
      flow.vrf_out != target.vrf)
    return false;
  if (pair(flow.zone_in, flow.zone_out).action == SL_NEVER) return false;
  const bool translated = target.forward || target.mapping;
  if (target.forward && !may_use(*target.forward, flow.source)) return false;
  if (flow.zone_in != 0 && flow.zone_out != 0 && flow.zone_in != flow.zone_out && !translated &&
      masquerade_between(flow.zone_out, flow.zone_in, flow.source))
    return false;
  if (!target.forward && action_for(flow) != Action::kAccept) return false;
  return source_is_right(flow, target);
}

uint32_t Judge::nat_of(const FlowEnds& flow) const {
  if (flow.zone_in == 0) return 0;
  const Target target = target_of(flow);
  const auto [zone, device] = outside_of(flow, target);
  if ((flow.reply_destination != flow.source || flow.reply_destination_port != flow.source_port) &&
      zone < rules_.zones.size() && flow.zone_out != 0) {
    const sl_static* mapping = static_of(rules_.static_out, flow.vrf_in, flow.source);
    if (mapping && flow.reply_destination == translated(flow.source, *mapping)) return mapping->object;
    if (const sl_masquerade* row = masquerade_for(flow, zone)) return row->object;
  }
  if (flow.reply_source == flow.destination && flow.reply_source_port == flow.destination_port) return 0;
  return target.forward ? target.forward->object : target.mapping ? target.mapping->object : 0;
}

}   // namespace sluice
