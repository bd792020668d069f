// SPDX-License-Identifier: GPL-2.0-or-later
// Devices that sluice makes itself: bridges, VLANs, VXLANs, VRFs, WireGuard tunnels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernel/netlink/attributes.hpp"
#include "kernel/netlink/socket.hpp"
#include "model/made_link.hpp"
#include "model/observed.hpp"

namespace sluice {

inline constexpr std::string_view kLinkMark = "made by sluice";   // the alias of such devices; `ip` prints it

// The number of the device of this name; failure: there is none.
Result<uint32_t> link_index(RtnlSocket& rtnl, const std::string& link);

// Makes it, down, and answers its number: `index`, unless that is 0 or wireguard-go makes it. Failure: one of
// that name is there.
Result<uint32_t> make_link(RtnlSocket& rtnl, const MadeLink& link, uint32_t index = 0);
Result<> change_link(RtnlSocket& rtnl, const MadeLink& link, uint32_t index);
// One that is gone already is success.
Result<> remove_link(RtnlSocket& rtnl, const MadeLink& link, uint32_t index);
// Into a bridge or a VRF, or out of the one it is in (no name). Index 0: found by its name.
Result<> set_master(RtnlSocket& rtnl, const std::string& link, uint32_t index, const std::string& master);

// Pure parts. `parent`: the number of the device below a VLAN; 0 for other kinds.
NlRequest make_link_request(const MadeLink& link, uint32_t index, uint32_t parent);
// A veth with its parent's address and MTU; its other end has the name that says what it is.
NlRequest make_vlan_by_tags_request(const MadeLink& link, uint32_t index, const ObservedLink& parent);
NlRequest quiet_request(const std::string& link, uint32_t index);
NlRequest change_link_request(const MadeLink& link, uint32_t index, uint32_t parent);
NlRequest remove_link_request(const MadeLink& link, uint32_t index);
NlRequest set_master_request(const std::string& link, uint32_t index, const std::string& master,
                             uint32_t master_index);
// IFLA_LINKINFO of a device, except for a VLAN's parent and for a tunnel of wireguard-go, which are told by
// other things.
LinkParameters parse_parameters(const Attributes& info);
// Number of the device that a tunnel's outer packets leave by; 0: none is said.
uint32_t parse_lower(const Attributes& info);

}   // namespace sluice
