// SPDX-License-Identifier: GPL-2.0-or-later
// Netlink sockets: what is sent and received, the kernel's verdict on it, and questions to rtnetlink.
#pragma once

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kernel/netlink/request.hpp"

namespace sluice {

// A netlink socket of libmnl that closes itself. It belongs to the network namespace of the thread
// that opened it.
struct MnlSocketClose {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using MnlSocket = std::unique_ptr<mnl_socket, MnlSocketClose>;

Result<MnlSocket> open_rtnetlink(int socket_flags);   // SOCK_NONBLOCK, ...
Result<MnlSocket> open_generic_netlink();

// A NETLINK_* option of level SOL_NETLINK; `name` is for the error.
Result<> set_netlink_option(mnl_socket* socket, int option, int value, const char* name);

// One datagram of an answer, waited for.
Result<std::span<const std::byte>> receive_netlink(mnl_socket* socket, std::span<std::byte> buffer);

// Calls `each` with every whole message of a datagram, in order.
template <class Each>
void for_each_message(std::span<const std::byte> datagram, Each&& each) {
  auto left = static_cast<int>(datagram.size());
  const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
  while (mnl_nlmsg_ok(message, left)) {
    each(*message);
    message = mnl_nlmsg_next(message, &left);
  }
}

// For requests whose answer is their verdict alone.
inline void ignore_message(const nlmsghdr&) {}

// The kernel fills at most 32 KiB per datagram of a dump; a single message can be longer than that
// when a device has many virtual functions.
inline constexpr size_t kNetlinkBuffer = 128 * 1024;

// The kernel's verdict on a request, with its own words where it has some (extended acknowledgement).
struct NlVerdict {
  int errnum = 0;     // positive; 0: done
  std::string text;   // the kernel's explanation of an error; often empty
};

// "ATTEMPT: strerror (the kernel's own words)"
Error refusal_of(const std::string& attempt, const NlVerdict& verdict);

// From the message that ends an answer (NLMSG_ERROR or NLMSG_DONE); nullopt for every other message.
std::optional<NlVerdict> parse_verdict(const nlmsghdr& message);

// Asks the kernel's rtnetlink, or its generic netlink, and waits for the answer. One thread at a time.
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
