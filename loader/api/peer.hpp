// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace sluice {

// The user at the other end of a connected Unix socket, as the kernel recorded it when he connected
// (SO_PEERCRED): his name, "uid 1234" where there is none.
std::string peer_user(int fd);

}   // namespace sluice
