// SPDX-License-Identifier: GPL-2.0-or-later
// A relay's tunnels over TLS on TCP, where a network lets no UDP through: what a process is told, and what it
// tells. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/address.hpp"

namespace sluice {

// This gateway is the relay.
struct RelayTcpListen {
  uint16_t port = 0;     // TCP; UDP of the same number is asked whether UDP gets through
  uint16_t tunnel = 0;   // the UDP port of its WireGuard
  bool operator==(const RelayTcpListen&) const = default;
};

// A relay that this gateway is reached through.
struct RelayTcpCall {
  std::string name;
  Endpoint at;
  bool operator==(const RelayTcpCall&) const = default;
};

struct RelayTcpOrder {
  std::optional<RelayTcpListen> listen;
  std::vector<RelayTcpCall> calls;
  bool operator==(const RelayTcpOrder&) const = default;
};

struct RelayTcpCallNews {
  std::string name;
  uint16_t port = 0;          // of 127.0.0.1, where the tunnel's datagrams are taken from WireGuard
  bool connected = false;     // to the relay
  bool udp_answers = false;   // the relay is heard by UDP
  std::string trouble;        // why it is not connected; empty: it is, or was not tried yet
  bool operator==(const RelayTcpCallNews&) const = default;
};

struct RelayTcpNews {
  std::vector<std::string> troubles;   // of listening
  std::vector<RelayTcpCallNews> calls;
  bool operator==(const RelayTcpNews&) const = default;
};

}   // namespace sluice
