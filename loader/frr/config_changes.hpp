// SPDX-License-Identifier: GPL-2.0-or-later
// From one configuration of a daemon of FRR to another, without an end of sessions that are in both. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct ConfigChanges {
  std::vector<std::string> commands;     // below "configure terminal"
  std::vector<std::string> afterwards;   // behind its end
};

// Both are as bgp_config() makes them, and the first line is of the command line. None: the daemon has to be
// started anew.
std::optional<ConfigChanges> config_changes(std::string_view before, std::string_view after);

}   // namespace sluice
