// SPDX-License-Identifier: GPL-2.0-or-later
// Listens for changes that others make to the machine's network.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "kernel/netlink/change.hpp"
#include "kernel/netlink/socket.hpp"

namespace sluice {

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
