// SPDX-License-Identifier: GPL-2.0-or-later
// Asks the kernel's nfnetlink and waits for the answers; many requests at once, because connection tracking
// has hundreds of thousands of entries. One thread at a time.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kernel/netlink/request.hpp"
#include "kernel/netlink/socket.hpp"

namespace sluice {

class NfnlSocket {
 public:
  // Of the network namespace of this thread. All requests need CAP_NET_ADMIN.
  static Result<NfnlSocket> open();

  // The refusals of as many requests must fit into the socket's receive buffer.
  static constexpr size_t kAtOnce = 64;

  using EachMessage = std::function<void(const nlmsghdr&)>;
  using EachRefusal = std::function<void(size_t index, const NlVerdict&)>;

  // At most kAtOnce requests, carried out in order: one that is refused does not stop those behind it.
  // A failure is one of the socket or of privilege.
  Result<> ask(std::span<NlRequest> requests, const EachMessage& message, const EachRefusal& refusal);
  // A dump that a change interrupted is asked for once more, so a message may come twice.
  Result<> dump(NlRequest request, const EachMessage& message);
  // The same in pieces, each of one datagram: the kernel goes on where it was when the next one is asked for.
  // Between them nothing else may be asked. False: that was the last one. What was interrupted is not asked
  // for again.
  Result<> begin_dump(NlRequest request);
  Result<bool> next_of_dump(const EachMessage& message);

 private:
  struct Progress {
    uint32_t first = 0, last = 0;   // sequence numbers
    bool complete = false, interrupted = false, denied = false;
  };

  explicit NfnlSocket(MnlSocket socket) : socket_(std::move(socket)), buffer_(kNetlinkBuffer) {}
  Result<> send(std::span<NlRequest> requests, uint16_t flags, Progress& progress);
  Result<> receive(const EachMessage& message, const EachRefusal& refusal, Progress& progress);
  Result<> collect(const EachMessage& message, const EachRefusal& refusal, Progress& progress);
  Result<bool> dump_once(NlRequest& request, const EachMessage& message);   // false: interrupted

  MnlSocket socket_;
  std::vector<std::byte> buffer_;
  uint32_t sequence_ = 0;
  std::string dumped_;   // what is attempted by the dump that goes on in pieces
  Progress dump_;
};

}   // namespace sluice
