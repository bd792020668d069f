// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "base/result.hpp"
#include "plan/parts.hpp"

namespace sluice {
namespace {

std::string in_the_way(const std::string& link, const std::string& other) {
  return fmt::format(
      "interface \"{}\" cannot have queues: somebody else put {} on it; `tc qdisc del dev {} root` takes it "
      "off",
      link, other, link);
}

void plan_one(const Interface& wanted, const ObservedLink& link, const Queues& queues,
              const Observed& observed, Plan& plan) {
  const auto seen = observed.queues.find(wanted.name);
  const bool there = seen != observed.queues.end();
  if (there && seen->second == queues) return;
  plan.steps.push_back(
      step::PutQueues{wanted.name, link.index, queues, there ? std::optional(seen->second) : std::nullopt});
}

bool is_wanted(const Document& document, const std::string& link) {
  return std::ranges::any_of(document.interfaces, [&](const Interface& interface) {
    return interface.name == link && queues_of(document, interface);
  });
}

}   // namespace

Result<> plan_queues(const Document& document, const Observed& observed, Plan& plan) {
  for (const Interface& interface : document.interfaces) {
    const auto link = observed.links.find(interface.name);
    const auto queues = queues_of(document, interface);
    if (link == observed.links.end() || !queues) continue;
    if (const auto other = observed.other_queues.find(interface.name); other != observed.other_queues.end()) {
      std::string sentence = in_the_way(interface.name, other->second);
      if (!observed.in_force) return fail(std::move(sentence));
      plan.degraded.push_back(std::move(sentence));
      continue;
    }
    plan_one(interface, link->second, *queues, observed, plan);
  }
  for (const auto& [name, queues] : observed.queues)
    if (!is_wanted(document, name))
      plan.steps.push_back(step::RemoveQueues{name, observed.links.at(name).index, queues});
  return {};
}

}   // namespace sluice
