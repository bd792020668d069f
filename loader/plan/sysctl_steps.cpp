// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/sysctl_steps.hpp"

#include "base/number.hpp"
#include "plan/parts.hpp"

namespace sluice {

const std::string& SysctlSteps::get(const std::string& path) const {
  static const std::string kNone;
  if (!changed_.empty())
    if (const auto at = changed_.find(path); at != changed_.end()) return at->second;
  const auto at = seen_.find(path);
  return at == seen_.end() ? kNone : at->second;
}

void SysctlSteps::set(const std::string& path, std::string_view value) {
  const std::string& previous = get(path);
  if (previous.empty() || previous == value) return;   // absent: this kernel has no such family
  plan_.steps.push_back(step::SetSysctl{path, std::string(value), previous});
  changed_[path] = value;
}

bool SysctlSteps::is(const ObservedLink& link, const LinkSetting& setting, std::string_view value) const {
  const auto place = place_of_setting(setting);
  if (changed_.empty() && place && link.settings[*place])
    return whole_number<int32_t>(value) == link.settings[*place];
  return get(setting_path(setting.family, link.name, setting.name)) == value;
}

void SysctlSteps::set(const ObservedLink& link, const LinkSetting& setting, std::string_view value) {
  if (!is(link, setting, value)) set(setting_path(setting.family, link.name, setting.name), value);
}

void SysctlSteps::remember(const std::string& path) {
  if (const std::string& now = get(path); !now.empty())
    plan_.steps.push_back(step::SetSysctl{path, now, now});
}

void SysctlSteps::set_forwarding(const std::string& tree, std::string_view value) {
  const std::string all = tree + "/all/forwarding", redirects = tree + "/all/accept_redirects";
  if (get(all) == value || get(all).empty()) return;
  remember_redirects(redirects);
  set(all, value);
  if (seen_.contains(redirects)) changed_[redirects] = value == "1" ? "0" : "1";
  for (const auto& [path, now] : seen_)
    if (path.starts_with(tree + "/") && path.ends_with("/forwarding")) changed_[path] = value;
}

// With IPv4's forwarding the kernel writes whether redirects are believed: what that was before stands in
// front of it, so that it is put back after it.
void SysctlSteps::remember_redirects(const std::string& path) {
  if (const std::string& now = get(path); !now.empty())
    plan_.steps.push_back(step::SetSysctl{path, "0", now});
}

}   // namespace sluice
