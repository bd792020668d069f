// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "engine/state.hpp"
#include "kernel/netlink/socket.hpp"
#include "model/document.hpp"

namespace sluice {

// What the kernel's VXLAN devices of the document know of who is behind which of its remotes.
Result<std::vector<TunnelEnd>> list_tunnel_ends(RtnlSocket& rtnl, const Document& document);

}   // namespace sluice
