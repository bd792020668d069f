// SPDX-License-Identifier: GPL-2.0-or-later
// Ports of the machine that a socket has.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>

#include "base/result.hpp"

namespace sluice {

// Of TCP sockets that listen and of all of UDP, of this network namespace, whatever their addresses.
Result<std::set<uint16_t>> listening_ports();

// Adds those of a table of /proc/net; what is no row of one is left out. Pure.
void add_listening(std::string_view table, bool is_tcp, std::set<uint16_t>& ports);

}   // namespace sluice
