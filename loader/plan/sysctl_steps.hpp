// SPDX-License-Identifier: GPL-2.0-or-later
// Settings of the kernel while a plan is made: as they will be when its steps so far are performed.
#pragma once

#include <string>
#include <string_view>

#include "model/observed.hpp"
#include "plan/step.hpp"

namespace sluice {

class SysctlSteps {
 public:
  // Both outlive it.
  SysctlSteps(const SysctlValues& seen, Plan& plan) : seen_(seen), plan_(plan) {}

  const std::string& get(const std::string& path) const;   // empty: there is no such setting
  void set(const std::string& path, std::string_view value);
  // Of a device. As long as nothing was planned, what netlink said of it spares making the path.
  void set(const ObservedLink& link, const LinkSetting& setting, std::string_view value);
  bool is(const ObservedLink& link, const LinkSetting& setting, std::string_view value) const;
  // As it is: nothing is changed, and what others write later is not taken for what was found.
  void remember(const std::string& path);
  // Of all devices: "net/ipv4/conf". Writing "all" writes every device and "default", lo included.
  void set_forwarding(const std::string& tree, std::string_view value);

 private:
  void remember_redirects(const std::string& path);

  const SysctlValues& seen_;
  SysctlValues changed_;
  Plan& plan_;
};

}   // namespace sluice
