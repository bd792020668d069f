// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "compile/common/uplinks.hpp"
#include "plan/parts.hpp"

namespace sluice {
namespace {

constexpr std::string_view kAllDevices = "all";

using Wanted = bool (*)(const Interface&, const std::set<std::string>& uplinks);

bool is_anywhere(const Interface&, const std::set<std::string>&) { return true; }
bool is_inside(const Interface& interface, const std::set<std::string>& uplinks) {
  return !uplinks.contains(interface.zone);
}

bool is_quiet(const Interface& interface, const std::set<std::string>&) {
  const auto* bridge = std::get_if<Bridge>(&interface.made);
  return bridge && bridge->quiet;
}

struct SettingRow {
  std::string_view family, setting, value;
  bool of_all;      // also of "all", which counts for each device that says otherwise
  bool of_trunks;   // also of the devices that the document's VLANs lie on
  Wanted wanted;
  std::array<std::string_view, 2> as_good{};   // what somebody else may have chosen instead
};

// - redirects: a router believes none (RFC 1812 section 5.2.7.2), and the kernel believes them as soon as its
//   own forwarding is off, which it is under eBPF. It sends none: it would tell inside hosts, behind the
//   policies' back, to speak to each other.
// - router advertisements: nobody inside tells the gateway where to send.
// - ARP: the kernel answers on every link for every address that it has, and asks by any of them. It shall do
//   so for those of the link alone (1; 2 and 8 say less still), and ask by the best of the link (2). IPv6
//   does both by itself (RFC 4861 section 7.2.3).
// - IPv6 at a bridge where the gateway is no machine: it would take a link-local address and speak of it.
constexpr SettingRow kSettings[] = {
    {"ipv4", "accept_redirects", "0", true, false, is_anywhere},
    {"ipv4", "send_redirects", "0", true, false, is_anywhere},
    {"ipv6", "accept_redirects", "0", false, false, is_anywhere},
    {"ipv6", "accept_ra", "0", false, false, is_inside},
    {"ipv4", "arp_ignore", "1", false, true, is_anywhere, {"2", "8"}},
    {"ipv4", "arp_announce", "2", false, true, is_anywhere},
    {"ipv6", "disable_ipv6", "1", false, false, is_quiet},
};

std::set<std::string> trunks_of(const Document& document) {
  std::set<std::string> names;
  for (const Interface* one : all_interfaces(document))
    if (const auto* vlan = std::get_if<Vlan>(&one->made)) names.insert(vlan->parent);
  return names;
}

std::set<std::string> devices_of(const Document& document, const SettingRow& row,
                                 const std::set<std::string>& uplinks) {
  std::set<std::string> names = row.of_trunks ? trunks_of(document) : std::set<std::string>{};
  for (const Interface& interface : document.interfaces)
    if (row.wanted(interface, uplinks)) names.insert(interface.name);
  if (row.of_all) names.emplace(kAllDevices);
  return names;
}

class LinkSettings {
 public:
  LinkSettings(const Observed& observed, SysctlValues& now, Plan& plan)
      : observed_(observed), now_(now), plan_(plan) {}

  void want(const std::string& path, const SettingRow& row) {
    wanted_.insert(path);
    const auto at = now_.find(path);
    if (at == now_.end() || std::ranges::count(row.as_good, at->second) == 0) put(path, row.value);
  }

  // Only what sluice put there: what somebody else chose meanwhile is theirs.
  void give_back(const std::string& path, std::string_view value) {
    const auto original = observed_.original_sysctls.find(path);
    const auto at = now_.find(path);
    if (wanted_.contains(path) || original == observed_.original_sysctls.end()) return;
    if (at != now_.end() && at->second == value) put(path, original->second);
  }

 private:
  void put(const std::string& path, std::string_view value) {
    const auto at = now_.find(path);
    if (at == now_.end() || at->second == value) return;   // absent: the kernel has no such family
    plan_.steps.push_back(step::SetSysctl{path, std::string(value), at->second});
    at->second = value;
  }

  const Observed& observed_;
  SysctlValues& now_;
  Plan& plan_;
  std::set<std::string> wanted_;
};

}   // namespace

std::string setting_path(std::string_view family, std::string_view device, std::string_view setting) {
  return fmt::format("net/{}/conf/{}/{}", family, device, setting);
}

void plan_link_settings(const Document& document, const Observed& observed, SysctlValues& now, Plan& plan) {
  LinkSettings settings(observed, now, plan);
  const std::set<std::string> uplinks = uplink_zones(document, observed);
  for (const SettingRow& row : kSettings)
    for (const std::string& device : devices_of(document, row, uplinks))
      settings.want(setting_path(row.family, device, row.setting), row);
  for (const SettingRow& row : kSettings)
    for (const auto& [name, link] : observed.links)
      settings.give_back(setting_path(row.family, name, row.setting), row.value);
}

std::vector<std::string> link_setting_paths(const std::map<std::string, ObservedLink>& links) {
  std::vector<std::string> paths;
  for (const SettingRow& row : kSettings) {
    if (row.of_all) paths.push_back(setting_path(row.family, kAllDevices, row.setting));
    for (const auto& [name, link] : links) paths.push_back(setting_path(row.family, name, row.setting));
  }
  return paths;
}

}   // namespace sluice
