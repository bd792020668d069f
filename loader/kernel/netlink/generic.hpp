// SPDX-License-Identifier: GPL-2.0-or-later
// Families of generic netlink: their numbers differ from machine to machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kernel/netlink/socket.hpp"

namespace sluice {

// Asked of a socket of RtnlSocket::open_generic(). The kernel loads the family's module where it has one.
// Nothing: this kernel has no such family.
Result<std::optional<uint16_t>> find_family(RtnlSocket& generic, const std::string& name);

// Pure parts.
NlRequest family_request(const std::string& name);
std::optional<uint16_t> parse_family(const nlmsghdr& message);

}   // namespace sluice
