// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/monitor.hpp"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "kernel/netlink/rtnl_socket.hpp"

namespace sluice {

namespace {

constexpr int kGroups[] = {RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR,  RTNLGRP_IPV6_IFADDR,  RTNLGRP_IPV4_ROUTE,
                           RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,    RTNLGRP_IPV6_RULE,    RTNLGRP_NEXTHOP,
                           RTNLGRP_NEIGH,      RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF, RTNLGRP_TC};
// A routing daemon can change a hundred thousand routes at once; losing messages only costs a full look.
constexpr int kReceiveBuffer = 1 << 20;
constexpr int kDatagramsPerDrain = 4096;

// SO_RCVBUFFORCE may pass the system's limit but needs CAP_NET_ADMIN; less room is no failure.
void enlarge_receive_buffer(int fd) {
  const int size = kReceiveBuffer;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == 0) return;
  static_cast<void>(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
}

}   // namespace

Result<Monitor> Monitor::open() {
  Monitor monitor(TRY_TO("watch the network devices", open_rtnetlink(SOCK_NONBLOCK)));
  enlarge_receive_buffer(monitor.fd());
  for (const int group : kGroups) {
    TRY(set_netlink_option(monitor.socket_.get(), NETLINK_ADD_MEMBERSHIP, group, "NETLINK_ADD_MEMBERSHIP"));
  }
  TRY(monitor.learn_neighbours());
  return monitor;
}

// After subscribing, so that no change falls between; those already there are no news.
Result<> Monitor::learn_neighbours() {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  auto request = NlRequest(RTM_GETNEIGH, 0, "list the neighbours").header(ndmsg{});
  const auto learn = [this](const nlmsghdr& message) { neighbours_.learn(message); };
  return rtnl.dump_each(std::move(request), learn);
}

Result<Change> Monitor::drain() {
  Change change;
  for (int count = 0; count < kDatagramsPerDrain; ++count) {
    if (!TRY(receive(change))) break;
  }
  if (!std::exchange(lost_track_, false)) return change;
  lose_track();
  return Change::everything();
}

Result<bool> Monitor::receive(Change& change) {
  const ssize_t size = mnl_socket_recvfrom(socket_.get(), buffer_.data(), buffer_.size());
  if (size >= 0) {
    const std::span<const std::byte> datagram(buffer_.data(), static_cast<size_t>(size));
    for_each_message(datagram, [&](const nlmsghdr& message) { note_message(message, neighbours_, change); });
    return true;
  }
  if (errno == EAGAIN) return false;
  if (errno == EINTR) return true;
  // ENOBUFS: the kernel had to drop; ENOSPC: libmnl's word for a datagram longer than the buffer.
  if (errno != ENOBUFS && errno != ENOSPC) return fail_errno("read what changed in the network", errno);
  lost_track_ = true;
  return true;
}

// Without the table, neighbours are only reported once more than needed.
void Monitor::lose_track() {
  neighbours_.clear();
  static_cast<void>(learn_neighbours());
}

}   // namespace sluice
