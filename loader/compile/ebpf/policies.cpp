// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/common/uplinks.hpp"
#include "compile/ebpf/context.hpp"
#include "model/zone_pairs.hpp"

namespace sluice {
namespace {

uint32_t row_action(Action action) {
  switch (action) {
    case Action::kAccept: return SL_ACCEPT;
    case Action::kReject: return SL_REJECT;
    case Action::kDrop: return SL_DROP;
  }
  return SL_DROP;
}

// Between zones drop, inside one accept unless it is closed or an uplink, and the gateway itself may go
// anywhere.
uint32_t default_action(const CompileContext& context, size_t from, size_t to) {
  const Document& document = context.document;
  if (is_closed(document, from, to)) return SL_NEVER;
  if (from == 0) return SL_ACCEPT;
  if (from != to) return SL_DROP;
  return hosts_may_talk(document.zones[from - 1], context.uplinks) ? SL_ACCEPT : SL_DROP;
}

}   // namespace

void compile_policies(CompileContext& context, SharedPolicyTables policies) {
  const Document& document = context.document;
  NumberedRules& rules = context.rules;
  rules.policy_rules.reserve(document.policies.size());
  for (const Policy& policy : document.policies)
    rules.policy_rules.push_back(
        {row_action(policy.action), context.objects.of(SL_OBJECT_POLICY, policy.name)});
  const size_t zones = context.zones.size();
  for (size_t row = 0; row < policies->pairs.size(); ++row) {
    sl_zone_pair pair{};
    pair.action = default_action(context, row / zones, row % zones);
    pair.policies = policies->pairs[row];
    rules.zone_pairs.push_back(pair);
  }
  rules.header.dimensions = policies->dimensions;
  rules.policies = std::move(policies);
}

}   // namespace sluice
