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
// One of them; what it is told of others by is left empty. nullopt: there is none of this name.
Result<std::optional<ObservedLink>> find_link(RtnlSocket& rtnl, const std::string& name);
// Up or down, as the administrator sets it; `link` is for the error, and for finding it where the number is
// 0.
Result<> set_link_up(RtnlSocket& rtnl, const std::string& link, uint32_t index, bool up = true);

// Of all devices, as parse_link() makes them: fills in what one is told of another by.
void complete_links(std::vector<ObservedLink>& links);

// Pure parts.
NlRequest links_request();
NlRequest link_request(uint32_t index);   // of one
NlRequest link_request(const std::string& name);
NlRequest link_up_request(const std::string& link, uint32_t index, bool up);
// RTM_NEWLINK; nullopt: something else or cut.
std::optional<ObservedLink> parse_link(const nlmsghdr& message);

}   // namespace sluice
