// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses and ports that HAProxy cannot have, because another program listens there. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/socket_table.hpp"
#include "model/front.hpp"

namespace sluice {

// Those of the front. `user` is HAProxy's: it shares a place with other processes of its user, such as the
// one that takes over from it, and has each place at which one of them listens.
std::vector<Endpoint> taken_places(const Front& front, const std::vector<SocketRow>& tcp, uint32_t user);

}   // namespace sluice
