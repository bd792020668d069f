// SPDX-License-Identifier: GPL-2.0-or-later
// Settings below /proc/sys that the kernel must have where sluice carries the traffic, beside forwarding: one
// table says which, of which interfaces, and why. They are remembered as found, put back by a cleanup, and
// given back as soon as nothing wants them any more.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/document.hpp"
#include "model/observed.hpp"
#include "plan/step.hpp"

namespace sluice {

// "net/ipv4/conf/lan/forwarding"; the device may be "all" or "default".
std::string setting_path(std::string_view family, std::string_view device, std::string_view setting);

// `now`: the values as the steps that are planned already leave them, and as these leave them.
void plan_link_settings(const Document& document, const Observed& observed, SysctlValues& now, Plan& plan);

// All that the table can speak of, on these devices.
std::vector<std::string> link_setting_paths(const std::map<std::string, ObservedLink>& links);

}   // namespace sluice
