// SPDX-License-Identifier: GPL-2.0-or-later
// Network devices of this network namespace.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/netlink/socket.hpp"
#include "model/observed.hpp"

namespace sluice {

// Every device, without its addresses.
Result<std::vector<ObservedLink>> list_links(RtnlSocket& rtnl);
// Up or down, as the administrator sets it; `link` is for the error, and for finding it where the number is
// 0.
Result<> set_link_up(RtnlSocket& rtnl, const std::string& link, uint32_t index, bool up = true);

// Pure parts.
NlRequest links_request();
NlRequest link_up_request(const std::string& link, uint32_t index, bool up);
// RTM_NEWLINK; nullopt: something else or cut.
std::optional<ObservedLink> parse_link(const nlmsghdr& message);

}   // namespace sluice
