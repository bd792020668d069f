// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/change.hpp"

#include <linux/netconf.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "kernel/netlink/attributes.hpp"
#include "kernel/netlink/link_contents.hpp"
#include "kernel/netlink/routes.hpp"

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
      change.stations |= parse_station(message).has_value();
      break;
    case RTM_NEWNETCONF:
    case RTM_DELNETCONF: change.forwarding |= is_forwarding_change(message); break;
    default: break;
  }
}

}   // namespace sluice
