// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <set>

#include "base/text.hpp"
#include "plan/parts.hpp"

namespace sluice {
namespace {

std::set<std::string> wanted_spaces(const Document& document) {
  std::set<std::string> names;
  for (const Interface& interface : document.interfaces)
    if (const auto* veth = std::get_if<Veth>(&interface.made); veth && !veth->number)
      names.insert(veth->space);
  return names;
}

// By the record, or by what it was about to make: of that name there was none.
bool is_own_space(const Observed& observed, const std::string& name, uint32_t number) {
  const auto owned = observed.owned_spaces.find(name);
  return owned != observed.owned_spaces.end() && (owned->second == 0 || owned->second == number);
}

// What has no number is a name without a namespace, which a crash has left.
void plan_space(const Observed& observed, const std::string& name, std::vector<std::string>& refusals,
                Plan& plan) {
  const auto seen = observed.spaces.find(name);
  if (seen != observed.spaces.end() && !is_own_space(observed, name, seen->second.number))
    return refusals.push_back(
        fmt::format("network namespace \"{}\" is there, and sluice did not make it: remove it, or give the "
                    "pod another name",
                    name));
  if (seen != observed.spaces.end() && seen->second.number) return;
  if (seen != observed.spaces.end()) plan.steps.push_back(step::RemoveSpace{name, 0});
  plan.steps.push_back(step::MakeSpace{name});
}

}   // namespace

Result<> plan_spaces(const Document& document, const Observed& observed, Plan& plan) {
  std::vector<std::string> refusals;
  for (const std::string& name : wanted_spaces(document)) plan_space(observed, name, refusals, plan);
  if (refusals.empty()) return {};
  if (!observed.in_force) return fail(join(refusals, "; "), ErrorKind::kInvalidDocument);
  plan.degraded.insert(plan.degraded.end(), refusals.begin(), refusals.end());
  return {};
}

void plan_space_removals(const Document& document, const Observed& observed, Plan& plan) {
  const std::set<std::string> wanted = wanted_spaces(document);
  for (const auto& [name, number] : observed.owned_spaces) {
    if (wanted.contains(name)) continue;
    const auto seen = observed.spaces.find(name);
    const bool there = seen != observed.spaces.end() && is_own_space(observed, name, seen->second.number);
    plan.steps.push_back(step::RemoveSpace{name, there ? seen->second.number : 0});
  }
}

}   // namespace sluice
