// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel tells by itself, and what that means for a gateway.
#pragma once

#include <linux/netlink.h>

#include <vector>

#include "base/result.hpp"
#include "kernel/netlink/neighbours.hpp"
#include "kernel/netlink/socket.hpp"

namespace sluice {

// What a notification of the kernel means for a gateway.
struct Change {
  bool links = false;   // a device came, went, or changed its state, name, MTU or MAC
  bool addresses = false;
  bool next_hops = false;    // routes, rules: where packets go may be another place
  bool neighbours = false;   // who is where on a link
  bool forwarding = false;   // the kernel's own forwarding or reverse-path filter was switched
  bool fdb = false;          // who is behind which remote of a VXLAN
  bool ways_out = false;     // a default route came or went: another zone may be an uplink

  bool any() const { return links || addresses || next_hops || neighbours || forwarding || fdb || ways_out; }
  static Change everything() { return {true, true, true, true, true, true, true}; }
  bool operator==(const Change&) const = default;
};

// Adds what one message tells to `change`; `neighbours` remembers what is known of them.
void note_message(const nlmsghdr& message, NeighbourCache& neighbours, Change& change);

// Listens for changes that others make to the machine's network.
class Monitor {
 public:
  static Result<Monitor> open();   // needs no privilege

  int fd() const { return mnl_socket_get_fd(socket_.get()); }   // readable: call drain()
  // Everything that was told since the last call, without waiting. When the kernel had to drop messages,
  // everything may have changed. Reads a bounded number: what is left keeps fd() readable.
  Result<Change> drain();

 private:
  explicit Monitor(MnlSocket socket) : socket_(std::move(socket)), buffer_(kNetlinkBuffer) {}
  Result<> learn_neighbours();
  Result<bool> receive(Change& change);   // false: nothing is waiting
  void lose_track();

  MnlSocket socket_;
  std::vector<std::byte> buffer_;
  NeighbourCache neighbours_;
  bool lost_track_ = false;   // the kernel dropped messages since the last drain()
};

}   // namespace sluice
