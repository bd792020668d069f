// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "plan/parts.hpp"

namespace sluice {

MacLimits wanted_mac_limits(const Document& document) {
  MacLimits limits;
  for (const Interface& interface : document.interfaces)
    if (const auto* bridge = std::get_if<Bridge>(&interface.made))
      for (const MacLimit& limit : bridge->mac_limits) limits[limit.device] = limit.most;
  return limits;
}

Result<> plan_mac_limits(const Document& document, const Observed& observed, Plan& plan) {
  const ObservedMacLimits& seen = observed.mac_limits;
  const MacLimits wanted = wanted_mac_limits(document);
  if (!wanted.empty() && !seen.refused.empty()) {
    const std::string why = fmt::format(
        "the MAC addresses of \"{}\" cannot be limited: the kernel has no nf_tables for bridges ({}): load "
        "the module nf_tables, or use a kernel with CONFIG_NF_TABLES_BRIDGE",
        wanted.begin()->first, seen.refused);
    if (!observed.in_force) return fail(why, ErrorKind::kInvalidDocument);
    plan.degraded.push_back(why);
    return {};
  }
  const bool as_wanted = wanted.empty() ? !seen.is_there : seen.intact && seen.limits == wanted;
  if (!as_wanted) plan.steps.push_back(step::PutMacLimits{wanted, seen.limits});
  return {};
}

}   // namespace sluice
