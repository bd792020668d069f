// SPDX-License-Identifier: GPL-2.0-or-later
// Tables of sockets in /proc/net (proc(5)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.hpp"

namespace sluice {

struct SocketRow {
  Endpoint own;   // the unspecified address: all of the family
  std::optional<Endpoint> peer;
  uint8_t state = 0;              // TCP_ESTABLISHED, TCP_LISTEN … (netinet/tcp.h); of UDP too
  std::optional<uint32_t> user;   // whose it is
  std::optional<uint64_t> inode;
};

// What is no row is left out. Pure.
std::vector<SocketRow> socket_rows(std::string_view table);
// Of this network namespace: "tcp", "tcp6", "udp" or "udp6". Empty where there is no IPv6.
std::string read_socket_table(const std::string& name);

}   // namespace sluice
