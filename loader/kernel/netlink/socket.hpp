// SPDX-License-Identifier: GPL-2.0-or-later
// A netlink socket of libmnl that closes itself. It belongs to the network namespace of the thread
// that opened it.
#pragma once

#include <libmnl/libmnl.h>

#include <cstddef>
#include <memory>
#include <span>

#include "base/result.hpp"

namespace sluice {

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

}   // namespace sluice
