// SPDX-License-Identifier: GPL-2.0-or-later
// What a notification of the kernel means for a gateway.
#pragma once

#include <linux/netlink.h>

#include "kernel/netlink/neighbours.hpp"

namespace sluice {

struct Change {
  bool links = false;   // a device came, went, or changed its state, name, MTU or MAC
  bool addresses = false;
  bool next_hops = false;    // routes, rules: where packets go may be another place
  bool neighbours = false;   // who is where on a link
  bool forwarding = false;   // the kernel's own forwarding or reverse-path filter was switched
  bool stations = false;     // who is behind which remote of a VXLAN
  bool ways_out = false;     // a default route came or went: another zone may be an uplink

  bool any() const {
    return links || addresses || next_hops || neighbours || forwarding || stations || ways_out;
  }
  static Change everything() { return {true, true, true, true, true, true, true}; }
  bool operator==(const Change&) const = default;
};

// Adds what one message tells to `change`; `neighbours` remembers what is known of them.
void note_message(const nlmsghdr& message, NeighbourCache& neighbours, Change& change);

}   // namespace sluice
