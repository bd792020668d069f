// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/listening.hpp"

#include <netinet/tcp.h>

#include "kernel/socket_table.hpp"

namespace sluice {

void add_listening(std::string_view table, bool is_tcp, std::set<uint16_t>& ports) {
  for (const SocketRow& row : socket_rows(table))
    if (!is_tcp || row.state == TCP_LISTEN) ports.insert(row.own.port);
}

Result<std::set<uint16_t>> listening_ports() {
  std::set<uint16_t> ports;
  for (const char* name : {"tcp", "tcp6", "udp", "udp6"})
    add_listening(read_socket_table(name), std::string_view(name).starts_with("tcp"), ports);
  return ports;
}

}   // namespace sluice
