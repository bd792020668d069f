// SPDX-License-Identifier: GPL-2.0-or-later
// Pairs of Ethernet devices whose other end is in the namespace of a pod or a container.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/netlink/request.hpp"
#include "kernel/netlink/socket.hpp"
#include "model/made_link.hpp"

namespace sluice {

// Both ends, the other one with its address and its default route, and up. The gateway's end is down.
Result<> make_veth(RtnlSocket& rtnl, const MadeLink& link, const VethLink& veth, uint32_t index);

// Pairs that end at the same time share what the kernel waits for at the end of each. Those that stay, for
// whatever reason, are left to remove_link().
void end_pairs_side_by_side(const std::vector<uint32_t>& indexes);

// What the other end lacks of what it was given, in sentences.
Result<std::vector<std::string>> missing_inside(const VethLink& veth);

// The alias of a finished pair. It says what is at the other end, which nobody could see from here.
std::string veth_mark(const VethLink& veth);
// The same of one whose namespace has just been made.
Result<std::string> mark_of_new(const VethLink& veth);
std::optional<VethLink> parse_veth_mark(std::string_view alias);

// Pure parts. `space`: a descriptor of the namespace.
NlRequest make_veth_request(const MadeLink& link, uint32_t index, int space);
MacAddress veth_address(std::string_view space);       // of the gateway's end: the same whenever it is made
MacAddress veth_peer_address(const MacAddress& own);   // of the other end
MacAddress veth_address(const VethLink& veth);
NlRequest default_route_request(uint32_t index, const IpAddress& gateway);

}   // namespace sluice
