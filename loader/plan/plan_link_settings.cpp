// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "compile/common/uplinks.hpp"
#include "plan/parts.hpp"
#include "plan/sysctl_steps.hpp"

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
  LinkSetting setting;
  std::string_view value;
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
    {{"ipv4", "accept_redirects"}, "0", true, false, is_anywhere},
    {{"ipv4", "send_redirects"}, "0", true, false, is_anywhere},
    {{"ipv6", "accept_redirects"}, "0", false, false, is_anywhere},
    {{"ipv6", "accept_ra"}, "0", false, false, is_inside},
    {{"ipv4", "arp_ignore"}, "1", false, true, is_anywhere, {"2", "8"}},
    {{"ipv4", "arp_announce"}, "2", false, true, is_anywhere},
    {{"ipv6", "disable_ipv6"}, "1", false, false, is_quiet},
};

// Whose settings are wanted: an interface of the document, what its VLANs lie on, or "all".
struct Device {
  std::string_view name;
  const Interface* interface = nullptr;
  bool is_trunk = false;
};

// By their names, which are the document's; one may stand there twice.
std::vector<Device> devices_of(const Document& document) {
  std::vector<Device> devices{{.name = kAllDevices}};
  for (const Interface* one : all_interfaces(document))
    if (const auto* vlan = std::get_if<Vlan>(&one->made))
      devices.push_back({.name = vlan->parent, .is_trunk = true});
  for (const Interface& interface : document.interfaces)
    devices.push_back({.name = interface.name, .interface = &interface});
  std::ranges::sort(devices, {}, &Device::name);
  return devices;
}

class LinkSettingPlanner {
 public:
  LinkSettingPlanner(const Document& document, const Observed& observed, SysctlSteps& sysctls)
      : observed_(observed),
        sysctls_(sysctls),
        uplinks_(uplink_zones(document, observed)),
        devices_(devices_of(document)) {
    for (const Device& device : devices_) links_.push_back(link_of(device.name));
  }

  void put() {
    for (const SettingRow& row : kSettings)
      for (size_t i = 0; i < devices_.size(); ++i)
        if (wants(row, devices_[i])) want(row, devices_[i].name, links_[i]);
  }

  // Both lists are in the order of their names.
  void give_back() {
    for (const SettingRow& row : kSettings) {
      auto device = devices_.begin();
      for (const auto& [name, link] : observed_.links) {
        bool is_wanted = false;
        for (; device != devices_.end() && device->name <= name; ++device)
          is_wanted |= device->name == name && wants(row, *device);
        if (!is_wanted) give_back(row, link);
      }
    }
  }

 private:
  const ObservedLink* link_of(std::string_view name) const {
    const auto at = observed_.links.find(std::string(name));
    return at == observed_.links.end() ? nullptr : &at->second;
  }

  bool wants(const SettingRow& row, const Device& device) const {
    if (device.interface) return row.wanted(*device.interface, uplinks_);
    return device.is_trunk ? row.of_trunks : row.of_all;
  }

  void want(const SettingRow& row, std::string_view device, const ObservedLink* link) {
    if (link && sysctls_.is(*link, row.setting, row.value)) return;
    const std::string path = setting_path(row.setting.family, device, row.setting.name);
    if (std::ranges::count(row.as_good, sysctls_.get(path)) == 0) sysctls_.set(path, row.value);
  }

  // Only what sluice put there: what somebody else chose meanwhile is theirs.
  void give_back(const SettingRow& row, const ObservedLink& link) {
    if (!sysctls_.is(link, row.setting, row.value)) return;
    const std::string path = setting_path(row.setting.family, link.name, row.setting.name);
    if (const auto original = observed_.original_sysctls.find(path);
        original != observed_.original_sysctls.end())
      sysctls_.set(path, original->second);
  }

  const Observed& observed_;
  SysctlSteps& sysctls_;
  std::set<std::string> uplinks_;
  std::vector<Device> devices_;
  std::vector<const ObservedLink*> links_;   // of each of them; null: it is not there, or is "all"
};

}   // namespace

std::string setting_path(std::string_view family, std::string_view device, std::string_view setting) {
  std::string path;   // a thousand devices have seven each
  path.reserve(family.size() + device.size() + setting.size() + 11);
  path.append("net/").append(family).append("/conf/").append(device).append("/").append(setting);
  return path;
}

void plan_link_settings(const Document& document, const Observed& observed, SysctlSteps& sysctls) {
  LinkSettingPlanner planner(document, observed, sysctls);
  planner.put();
  planner.give_back();
}

std::vector<std::string> link_setting_paths(const std::map<std::string, ObservedLink>& links) {
  std::vector<std::string> paths;
  for (const SettingRow& row : kSettings) {
    if (row.of_all) paths.push_back(setting_path(row.setting.family, kAllDevices, row.setting.name));
    for (const auto& [name, link] : links)
      paths.push_back(setting_path(row.setting.family, name, row.setting.name));
  }
  return paths;
}

}   // namespace sluice
