// SPDX-License-Identifier: GPL-2.0-or-later
// Which kinds of devices this kernel makes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernel/netlink/socket.hpp"

namespace sluice {

// Whether the kernel can make such a device. Asks for one with an address that no device can have, or with
// such a name, so that nothing can come of it; the kernel looks for the kind first, and loads its module.
// Nothing: it can, or this process may not ask. Otherwise the kernel's words.
Result<std::optional<std::string>> refusal_of_kind(RtnlSocket& rtnl, std::string_view kind);

// Pure part.
NlRequest kind_request(std::string_view kind);

}   // namespace sluice
