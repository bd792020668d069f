// SPDX-License-Identifier: GPL-2.0-or-later
// Outside ports that hosts cannot be given, whatever address they are at: it costs few, and is true when
// addresses change.
#pragma once

#include <bitset>
#include <cstdint>

#include "model/document.hpp"

namespace sluice {

class TakenPorts {
 public:
  // What the settled document needs: its forwards and services but not leases, tunnels, the front, and what
  // networks and pods may be allotted later.
  static TakenPorts of(const Document& document);

  void take(uint8_t protocol, const PortRange& ports);
  bool has(uint8_t protocol, uint16_t port) const { return of(protocol)[port]; }

 private:
  using Ports = std::bitset<65'536>;
  const Ports& of(uint8_t protocol) const;

  Ports tcp_, udp_;
};

}   // namespace sluice
