// SPDX-License-Identifier: GPL-2.0-or-later
// Asks the kernel's rtnetlink, or its generic netlink, and waits for the answer. One thread at a time.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "kernel/netlink/ext_ack.hpp"
#include "kernel/netlink/request.hpp"
#include "kernel/netlink/socket.hpp"

namespace sluice {

class RtnlSocket {
 public:
  static Result<RtnlSocket> open();   // needs no privilege; changes do
  static Result<RtnlSocket> open_generic();

  // Sends and waits for the acknowledgement. Failure: "ATTEMPT: strerror (the kernel's own words)".
  Result<> send(NlRequest request);
  // As send, but false instead of a failure when the kernel refuses with one of these errnos.
  Result<bool> send_unless(NlRequest request, std::initializer_list<int> tolerated);

  using EachMessage = std::function<void(const nlmsghdr&)>;
  // As send_unless, for a question that is answered by messages in front of the acknowledgement.
  Result<bool> get_unless(NlRequest request, std::initializer_list<int> tolerated, const EachMessage& each);
  // As they come; an interrupted dump is asked again, so a message may come twice.
  Result<> dump_each(NlRequest request, const EachMessage& each) {
    const auto restart = [] {};
    return dump_messages(std::move(request), restart, each);
  }

  // Everything that `parse` makes of the answer. A dump that a change interrupted is asked again.
  template <class T>
  Result<std::vector<T>> dump(NlRequest request, std::optional<T> (*parse)(const nlmsghdr&)) {
    std::vector<T> rows;
    const auto restart = [&] { rows.clear(); };
    const auto each = [&](const nlmsghdr& message) {
      if (auto row = parse(message)) rows.push_back(std::move(*row));
    };
    TRY(dump_messages(std::move(request), restart, each));
    return rows;
  }

 private:
  struct Answer {
    std::optional<NlVerdict> verdict;   // has a value when the answer is complete
    bool interrupted = false;           // the dumped table changed meanwhile: rows may be missing or double
  };

  static Result<RtnlSocket> of(MnlSocket socket);
  explicit RtnlSocket(MnlSocket socket) : socket_(std::move(socket)), buffer_(kNetlinkBuffer) {}
  Result<> dump_messages(NlRequest request, const std::function<void()>& restart, const EachMessage& each);
  Result<Answer> ask(NlRequest& request, uint16_t flags, const EachMessage& each);
  void take(const nlmsghdr& message, const EachMessage& each, Answer& answer) const;

  MnlSocket socket_;
  std::vector<std::byte> buffer_;
  uint32_t sequence_ = 0;
};

}   // namespace sluice
