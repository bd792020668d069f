// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/monitor.hpp"

#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "kernel/netlink/attributes.hpp"
#include "kernel/netlink/link_contents.hpp"
#include "kernel/netlink/routes.hpp"
#include "kernel/netlink/socket.hpp"

namespace sluice {

namespace {

// Cloned routes are the kernel's own notes of a path MTU or a redirect.
bool is_route_change(const nlmsghdr& message) {
  const auto* route = fixed_part<rtmsg>(message);
  return route && !(route->rtm_flags & RTM_F_CLONED);
}

// Somebody took queues of a whole device away: perhaps sluice's.
bool is_queue_change(const nlmsghdr& message) {
  const auto* queue = fixed_part<tcmsg>(message);
  return queue && queue->tcm_parent == TC_H_ROOT;
}

bool is_forwarding_change(const nlmsghdr& message) {
  const Attributes attributes = Attributes::of(message, sizeof(netconfmsg));
  return attributes.has(NETCONFA_FORWARDING) || attributes.has(NETCONFA_RP_FILTER);
}

}   // namespace

void note_message(const nlmsghdr& message, NeighbourCache& neighbours, Change& change) {
  switch (message.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      // The kernel flushes the IPv4 routes of a device that goes down without a word about each, and flows
      // hold the MAC of the device that they leave by.
      change.links = change.next_hops = true;
      break;
    case RTM_DELQDISC: change.links |= is_queue_change(message); break;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      change.addresses = change.next_hops = true;   // routes that prefer it as source go silently too
      break;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      change.next_hops |= is_route_change(message);
      change.ways_out |= parse_default_ways(message).has_value();
      break;
    case RTM_NEWRULE:
    case RTM_DELRULE:
    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP: change.next_hops = true; break;
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      change.neighbours |= neighbours.learn(message);
      change.fdb |= parse_fdb_entry(message).has_value();
      break;
    case RTM_NEWNETCONF:
    case RTM_DELNETCONF: change.forwarding |= is_forwarding_change(message); break;
    default: break;
  }
}

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
