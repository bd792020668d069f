// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/common/uplinks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/zone_pairs.hpp"

namespace sluice {
namespace {

bool is_masqueraded_to(const Document& document, const std::string& zone) {
  return std::ranges::any_of(document.masquerades,
                             [&](const Masquerade& m) { return std::ranges::count(m.to, zone) != 0; });
}

bool leads_out(const Document& document, const Observed& observed, const Interface& interface) {
  const uint32_t index = index_of(observed, interface.name);
  if (index && observed.default_ways.contains(index)) return true;
  const bool is_device = interface.made.index() == 0;
  return is_device && interface.addresses.empty() && is_masqueraded_to(document, interface.zone);
}

}   // namespace

std::set<std::string> uplink_zones(const Document& document, const Observed& observed) {
  std::set<std::string> uplinks;
  for (const Interface& interface : document.interfaces)
    if (leads_out(document, observed, interface)) uplinks.insert(interface.zone);
  for (const Zone& zone : document.zones) {
    if (!zone.uplink) continue;
    if (*zone.uplink)
      uplinks.insert(zone.name);
    else
      uplinks.erase(zone.name);
  }
  return uplinks;
}

std::string lack_of_uplinks(const Document& document, const Observed& observed) {
  const auto waits = [](const Interface& i) { return i.made.index() == 0 && i.addresses.empty(); };
  const auto at = std::ranges::find_if(document.interfaces, waits);
  const bool told =
      std::ranges::any_of(document.zones, [](const Zone& zone) { return zone.uplink.has_value(); });
  if (told || at == document.interfaces.end() || !uplink_zones(document, observed).empty()) return "";
  return fmt::format(
      "no zone is an uplink: no interface takes router advertisements or answers of DHCP; where {} shall, "
      "say "
      "\"uplink\": true of zone \"{}\"",
      at->name, at->zone);
}

bool hosts_may_talk(const Zone& zone, const std::set<std::string>& uplinks) {
  return may_pass_within(zone) && zone.hosts_may_talk.value_or(!uplinks.contains(zone.name));
}

}   // namespace sluice
