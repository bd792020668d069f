// SPDX-License-Identifier: GPL-2.0-or-later
// The settings below /proc/sys that the planner needs to know.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/observed.hpp"

namespace sluice {

Result<SysctlValues> observe_sysctls(const std::map<std::string, ObservedLink>& links);
Result<> observe_sysctls(const ObservedLink& link, SysctlValues& values);   // those of one device

// Which they are, for all devices and for these.
std::vector<std::string> observed_sysctl_paths(const std::map<std::string, ObservedLink>& links);

}   // namespace sluice
