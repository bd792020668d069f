// SPDX-License-Identifier: GPL-2.0-or-later
// Hears what anybody changes in `table inet sluice`.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "kernel/netlink/socket.hpp"

namespace sluice {

class NftMonitor {
 public:
  static Result<NftMonitor> open();   // of this network namespace

  int fd() const { return mnl_socket_get_fd(socket_.get()); }   // readable: somebody changed a table
  // Hears nothing until it listens again; what was heard is forgotten. The same descriptor throughout:
  // somebody waits for it.
  Result<> stop_listening();
  Result<> listen();
  // Whether the table was touched since the last call, without waiting; also when the kernel had to drop
  // messages. What this process changes is told as well.
  Result<bool> drain();

 private:
  explicit NftMonitor(MnlSocket socket) : socket_(std::move(socket)), buffer_(kNetlinkBuffer) {}

  MnlSocket socket_;
  std::vector<std::byte> buffer_;
};

}   // namespace sluice
