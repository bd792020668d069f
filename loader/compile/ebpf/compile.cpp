// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "compile/common/rows.hpp"
#include "compile/common/timeouts.hpp"
#include "compile/common/uplinks.hpp"
#include "compile/ebpf/context.hpp"

namespace sluice {

ZoneNumbers::ZoneNumbers(const Document& document) {
  names_.emplace_back(kHostZone);
  for (const Zone& zone : document.zones) names_.push_back(zone.name);
  for (size_t i = 0; i < names_.size(); ++i) numbers_[names_[i]] = static_cast<uint16_t>(i);
}

// A masquerade of both families asks twice.
uint32_t ObjectNumbers::of(uint8_t kind, std::string_view name) {
  const uint32_t number = number_of({kind, name});
  if (number == 0 || has_row_[number]) return number;
  has_row_[number] = true;
  rows_.push_back({number, kind, std::string(name)});
  return number;
}

uint32_t ObjectNumbers::number_of(const ObjectView& object) {
  const auto at = known_.find(object);
  if (at != known_.end() && at->second != 0 && at->second < SL_MAX_OBJECTS) return at->second;
  const auto [added, is_new] = added_.try_emplace({object.kind, std::string(object.name)}, 0);
  if (is_new) added->second = take_free();
  return added->second;
}

uint32_t ObjectNumbers::take_free() {
  if (taken_.empty()) {
    taken_.resize(SL_MAX_OBJECTS);
    for (const auto& [object, number] : known_)
      if (number < taken_.size()) taken_[number] = true;
  }
  while (next_ < taken_.size() && taken_[next_]) ++next_;
  return next_ < taken_.size() ? next_++ : 0;
}

uint32_t SetNumbers::number_of(const AddressMatch& match) {
  return match.any() ? 0 : number_of(resolve(match, document_));
}

uint32_t SetNumbers::number_of(const std::vector<Prefix>& members) {
  const auto [at, is_new] = numbers_.try_emplace(members, static_cast<uint32_t>(numbers_.size() + 1));
  if (is_new)
    for (const Prefix& member : members)
      rows_.emplace_back(
          row_prefix(SL_PREFIX_TAG(SL_PREFIX_SET, at->second, member.address.is_ipv4() ? 4 : 6), member), 1);
  return at->second;
}

sl_interface& CompileContext::row_of(const PlannedLink& link) {
  return std::find_if(rules.interfaces.begin(), rules.interfaces.end(),
                      [&](const auto& row) { return row.first == link.seen->index; })
      ->second;
}

NumberedRules compile_rules(const Document& document, const Observed& observed,
                            const std::vector<PlannedLink>& links) {
  return compile_rules(document, observed, links, classify_policies(document));
}

NumberedRules compile_rules(const Document& document, const Observed& observed,
                            const std::vector<PlannedLink>& links, SharedPolicyTables policies) {
  NumberedRules rules;
  const ZoneNumbers zones(document);
  ObjectNumbers objects(*observed.engine.object_ids);
  SetNumbers sets(document, rules.prefixes);
  CompileContext context{document, observed, links, Places(document, links),         zones,
                         objects,  sets,     rules, uplink_zones(document, observed)};
  rules.zones = zones.names();
  compile_interfaces(context);
  compile_vlans(context);
  compile_tunnels(context);
  compile_policies(context, std::move(policies));
  compile_masquerades(context);
  compile_static_mappings(context);
  compile_forwards(context);
  compile_vrfs(context);
  compile_endpoints(context);
  compile_backends(context);
  compile_limits(context);
  rules.objects = objects.take_rows();
  rules.header.zones = static_cast<uint32_t>(zones.size());
  rules.header.vrfs = static_cast<uint32_t>(document.vrfs.size());
  for (uint32_t kind = 0; kind < SL_TIMEOUT_COUNT; ++kind)
    rules.timeouts[kind] =
        static_cast<uint32_t>(timeout_of(document.timeouts, static_cast<sl_timeout>(kind)).count());
  rules.flows_per_host = document.tables.flows_per_host.value_or(0);
  return rules;
}

}   // namespace sluice
