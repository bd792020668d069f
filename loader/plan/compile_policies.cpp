// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "model/zone_pairs.hpp"
#include "plan/compile.hpp"
#include "plan/policy_classes.hpp"

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

// Between zones drop, inside one accept unless isolated, and the gateway itself may go anywhere.
uint32_t default_action(const Document& document, size_t from, size_t to) {
  if (is_closed(document, from, to)) return SL_NEVER;
  if (from == 0) return SL_ACCEPT;
  if (from != to) return SL_DROP;
  return document.zones[from - 1].isolated ? SL_DROP : SL_ACCEPT;
}

PolicySet policies_between(const Document& document, BitClasses& classes, const std::string& from,
                           const std::string& to) {
  PolicySet set = classes.none();
  for (size_t i = 0; i < document.policies.size(); ++i) {
    if (speaks_of(document.policies[i], from, to)) add_rule(set, i);
  }
  return set;
}

}   // namespace

void compile_policies(CompileContext& context) {
  const Document& document = context.document;
  RulesEbpf& rules = context.rules;
  BitClasses classes(document.policies.size());
  for (const Policy& policy : document.policies)
    rules.policy_rules.push_back(
        {row_action(policy.action), context.objects.of(SL_OBJECT_POLICY, policy.name)});
  const auto& names = context.zones.names();
  for (size_t from = 0; from < names.size(); ++from)
    for (size_t to = 0; to < names.size(); ++to) {
      sl_zone_pair pair{};
      pair.action = default_action(document, from, to);
      pair.policy_class = classes.class_of(policies_between(document, classes, names[from], names[to]));
      rules.zone_pairs.push_back(pair);
    }
  classify_policies(document, classes, rules);
  rules.header.chunks = classes.chunks();
  rules.policy_bits = classes.take_rows();
}

}   // namespace sluice
