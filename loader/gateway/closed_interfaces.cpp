// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/closed_interfaces.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "kernel/nft/nft.hpp"

namespace sluice {
namespace {

// Before connection tracking: what belongs to a connection of earlier is dropped too.
constexpr const char* kGuard =
    "add table inet sluice_guard; delete table inet sluice_guard; add table inet sluice_guard; "
    "add chain inet sluice_guard arriving {{ type filter hook prerouting priority -310; }}; "
    "add chain inet sluice_guard leaving {{ type filter hook postrouting priority 310; }}; "
    "add rule inet sluice_guard arriving iifname {0} drop; add rule inet sluice_guard leaving oifname {0} "
    "drop";

}   // namespace

Result<> put_guard(const std::vector<std::string>& links) {
  std::vector<std::string> quoted;
  for (const std::string& link : links) quoted.push_back(fmt::format("\"{}\"", link));
  return nft_apply_text(
      fmt::format(fmt::runtime(kGuard), links.empty() ? "!= \"lo\"" : "{ " + join(quoted, ", ") + " }"));
}

Result<bool> guard_stands() { return TRY(nft_list("list table inet sluice_guard")).has_value(); }

Result<bool> remove_guard() {
  if (!TRY(guard_stands())) return false;
  TRY(nft_apply_text("delete table inet sluice_guard"));
  return true;
}

}   // namespace sluice
