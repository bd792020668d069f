// SPDX-License-Identifier: GPL-2.0-or-later
// Which kinds of devices the kernel can make, found out by asking for one that cannot be.
#pragma once

#include <string_view>

#include "kernel/probe_row.hpp"

namespace sluice {

class RtnlSocket;

// "bridge", "vlan", "vxlan", "vrf", or "vlan-filter" of bridges. A missing kind is a warning: documents that
// want it are refused; VRFs work without.
inline constexpr std::string_view kLinkKinds[] = {"bridge", "vlan-filter", "vlan", "vxlan", "vrf"};
ProbeRow probe_link_kind(RtnlSocket& rtnl, std::string_view kind);

// The row as one sentence; empty: it can be made.
std::string refusal_of(const ProbeRow& row);

}   // namespace sluice
