// SPDX-License-Identifier: GPL-2.0-or-later
// All that rtnetlink has, whoever put it there: a line each, as ip(8) and tc(8) write it, for people who read
// it.
#pragma once

#include <string>
#include <vector>

#include "kernel/netlink/socket.hpp"

namespace sluice {

// Of a list that is longer, a last line says how many more there were.
inline constexpr size_t kMostListedLines = 20'000;

Result<std::vector<std::string>> list_link_lines(RtnlSocket& rtnl);    // devices with their addresses
Result<std::vector<std::string>> list_route_lines(RtnlSocket& rtnl);   // of every table
Result<std::vector<std::string>> list_rule_lines(RtnlSocket& rtnl);
Result<std::vector<std::string>> list_queue_lines(RtnlSocket& rtnl);   // queue disciplines

// Pure parts; nullopt: something else or cut.
std::optional<std::string> route_line(const nlmsghdr& message);
std::optional<std::string> rule_line(const nlmsghdr& message);
std::optional<std::string> queue_line(const nlmsghdr& message);

}   // namespace sluice
