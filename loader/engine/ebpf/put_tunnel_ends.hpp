// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "engine/ebpf/tables.hpp"
#include "engine/tunnel_end.hpp"

namespace sluice {

// tunnel_ends becomes these rows. Those that stay keep the way that the packet path has found; what does not
// fit is left to the kernel's device.
Result<> put_tunnel_ends(Tables& tables, const std::vector<TunnelEnd>& ends);

}   // namespace sluice
