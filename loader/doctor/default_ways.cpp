// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/default_ways.hpp"

#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "base/text.hpp"

namespace sluice {

// In the main VRF: others have tables of their own.
std::optional<ProbeRow> judge_default_ways(const Document& document, const Observed& observed) {
  std::vector<std::string> ways, strict;
  std::set<std::string> zones;
  for (const Interface& interface : document.interfaces) {
    const auto link = observed.links.find(interface.name);
    if (!interface.vrf.empty() || link == observed.links.end() ||
        !observed.default_ways.contains(link->second.index))
      continue;
    ways.push_back(fmt::format("{} ({})", interface.name, interface.zone));
    zones.insert(interface.zone);
    if (interface.anti_spoofing == AntiSpoofing::kStrict) strict.push_back(interface.name);
  }
  if (zones.size() < 2) return std::nullopt;
  ProbeRow row{
      "ways out", ProbeState::kGood, fmt::format("default routes lead by {}", join(ways, " and ")), "", "",
      ""};
  if (strict.empty()) return row;
  row.state = ProbeState::kWarning;
  row.reason = fmt::format(
      "answers take one of them. What strangers send to the other is dropped as \"spoofed\" where its "
      "interface is strict: {}",
      join(strict, ", "));
  row.remedy = R"("anti_spoofing": "loose" for these interfaces, or one zone for both)";
  row.gain = "each provider's addresses are reached";
  return row;
}

}   // namespace sluice
