// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/observe_sysctls.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include "kernel/sysctl/sysctl.hpp"
#include "plan/parts.hpp"

namespace sluice {
namespace {

// What each device has: "net/ipv4/conf/" NAME "/rp_filter".
struct SettingOfEach {
  std::string front, back;
  std::optional<size_t> place;   // in what netlink lists
};

// From the path of a device that no machine has; nullopt: it is of none.
constexpr std::string_view kAnyDevice = "*";
std::optional<SettingOfEach> setting_of_each(std::string_view path) {
  constexpr std::string_view kStart = "net/", kConf = "/conf/";
  const size_t at = path.find(kAnyDevice), conf = path.find(kConf);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view back = path.substr(at + kAnyDevice.size());
  return SettingOfEach{std::string(path.substr(0, at)), std::string(back),
                       place_of_setting({path.substr(kStart.size(), conf - kStart.size()), back.substr(1)})};
}

struct ObservedPaths {
  std::vector<std::string> of_machine;
  std::vector<SettingOfEach> of_each;
};

ObservedPaths make_paths() {
  ObservedPaths paths;
  for (std::string& path : observed_sysctl_paths({{std::string(kAnyDevice), {}}})) {
    if (auto each = setting_of_each(path))
      paths.of_each.push_back(std::move(*each));
    else
      paths.of_machine.push_back(std::move(path));
  }
  return paths;
}

const ObservedPaths& observed_paths() {
  static const ObservedPaths paths = make_paths();
  return paths;
}

}   // namespace

std::vector<std::string> observed_sysctl_paths(const std::map<std::string, ObservedLink>& links) {
  std::vector<std::string> paths{"net/ipv4/ip_forward", setting_path("ipv4", "all", "rp_filter")};
  for (const std::string& path : conntrack_sysctl_paths()) paths.push_back(path);
  for (const std::string& path : vrf_sysctl_paths(links)) paths.push_back(path);
  for (const std::string& path : moving_sysctl_paths(links)) paths.push_back(path);
  for (const auto& [name, link] : links) paths.push_back(setting_path("ipv6", name, "accept_ra"));
  for (const char* family : {"ipv4", "ipv6"}) {
    for (const char* scope : {"all", "default"}) paths.push_back(setting_path(family, scope, "forwarding"));
    for (const auto& [name, link] : links) paths.push_back(setting_path(family, name, "forwarding"));
  }
  for (const auto& [name, link] : links) paths.push_back(setting_path("ipv4", name, "rp_filter"));
  for (std::string& path : link_setting_paths(links)) paths.push_back(std::move(path));
  return paths;
}

Result<> observe_sysctls(const ObservedLink& link, SysctlValues& values) {
  for (const SettingOfEach& setting : observed_paths().of_each) {
    std::string path = setting.front + link.name + setting.back;
    const auto listed = setting.place ? link.settings[*setting.place] : std::nullopt;
    auto value = listed ? std::optional(std::to_string(*listed)) : TRY(read_sysctl(path));
    if (value) values.insert_or_assign(std::move(path), std::move(*value));
  }
  return {};
}

Result<SysctlValues> observe_sysctls(const std::map<std::string, ObservedLink>& links) {
  const ObservedPaths& paths = observed_paths();
  SysctlValues values;
  values.reserve(paths.of_machine.size() + links.size() * paths.of_each.size());
  for (const std::string& path : paths.of_machine)
    if (auto value = TRY(read_sysctl(path))) values.emplace(path, std::move(*value));
  for (const auto& [name, link] : links) TRY(observe_sysctls(link, values));
  return values;
}

}   // namespace sluice
