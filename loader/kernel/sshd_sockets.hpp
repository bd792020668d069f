// SPDX-License-Identifier: GPL-2.0-or-later
// Where SSH servers of this machine listen, as their sockets say.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "model/address.hpp"

namespace sluice {

// Ports at which a process called "sshd" listens, in this network namespace. Whoever may not see processes of
// others (proc(5), hidepid) finds none.
std::set<uint16_t> sshd_ports();

// Sockets of TCP that listen at one of these, whosever they are.
std::vector<Endpoint> sockets_at(const std::set<uint16_t>& ports);

struct ListeningSocket {
  Endpoint at;   // the unspecified address: all of the family
  uint64_t inode = 0;
};

// Those of a table of TCP in /proc/net (proc(5)); what is no row of one is left out. Pure.
std::vector<ListeningSocket> listening_sockets(std::string_view table);

}   // namespace sluice
