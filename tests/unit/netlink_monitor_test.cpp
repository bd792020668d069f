// SPDX-License-Identifier: GPL-2.0-or-later
// The monitor against a real kernel, each test in a network namespace that it makes for itself.
#include <gtest/gtest.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <poll.h>

#include "../support/netlink_messages.hpp"
#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/monitor.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {
namespace {

using test::address;

bool is_readable(const Monitor& monitor) {
  pollfd waiting{.fd = monitor.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) == 1;
}

struct Watched {
  RtnlSocket rtnl = RtnlSocket::open().value();
  uint32_t index = 0;

  // Down, so that the kernel says nothing by itself later (carrier, router solicitation) that would mix
  // with what a test does.
  Watched() {
    EXPECT_TRUE(rtnl.send(test::veth_pair_request("w0", "w1")));
    index = if_nametoindex("w0");
  }
  Result<> neighbour(uint8_t last_of_mac) {
    const uint8_t host[] = {192, 0, 2, 9}, mac[] = {2, 0, 0, 0, 0, last_of_mac};
    return rtnl.send(
        NlRequest(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, "set a neighbour")
            .header(
                ndmsg{.ndm_family = AF_INET, .ndm_ifindex = static_cast<int>(index), .ndm_state = NUD_STALE})
            .bytes(NDA_DST, host)
            .bytes(NDA_LLADDR, mac));
  }
};

TEST_IN_NETWORK(Monitor, NothingHappensNothingIsTold) {
  Watched machine;
  Monitor monitor = Monitor::open().value();
  EXPECT_FALSE(is_readable(monitor));
  EXPECT_EQ(monitor.drain().value(), Change{}) << "and it does not wait";
}

TEST_IN_NETWORK(Monitor, AnAddressIsTold) {
  Watched machine;
  Monitor monitor = Monitor::open().value();
  ASSERT_TRUE(add_address(machine.rtnl, "w0", machine.index, address("192.0.2.1/24")));
  EXPECT_TRUE(is_readable(monitor));
  const Change change = monitor.drain().value();
  EXPECT_TRUE(change.addresses);
  EXPECT_TRUE(change.next_hops);
  EXPECT_FALSE(change.links);
  EXPECT_FALSE(is_readable(monitor)) << "drained";
}

TEST_IN_NETWORK(Monitor, ALinkIsTold) {
  Watched machine;
  Monitor monitor = Monitor::open().value();
  ASSERT_TRUE(set_link_up(machine.rtnl, "w0", machine.index));
  EXPECT_TRUE(monitor.drain().value().links);
}

TEST_IN_NETWORK(Monitor, ASwitchOfForwardingIsTold) {
  Watched machine;
  Monitor monitor = Monitor::open().value();
  ASSERT_TRUE(write_sysctl("net/ipv4/conf/w0/forwarding", "1"));
  EXPECT_EQ(monitor.drain().value(), Change{.forwarding = true});
  ASSERT_TRUE(write_sysctl("net/ipv4/ip_forward", "1"));
  EXPECT_TRUE(monitor.drain().value().forwarding);
}

TEST_IN_NETWORK(Monitor, OnlyRealChangesOfNeighboursAreTold) {
  Watched machine;
  ASSERT_TRUE(add_address(machine.rtnl, "w0", machine.index, address("192.0.2.1/24")));
  ASSERT_TRUE(machine.neighbour(1));
  Monitor monitor = Monitor::open().value();
  ASSERT_TRUE(machine.neighbour(1));
  EXPECT_FALSE(monitor.drain().value().any()) << "known from before the monitor was opened";
  ASSERT_TRUE(machine.neighbour(2));
  EXPECT_EQ(monitor.drain().value(), Change{.neighbours = true});
}

TEST_IN_NETWORK(Monitor, WhenTheKernelHadToDropEverythingMayHaveChanged) {
  Watched machine;
  Monitor monitor = Monitor::open().value();
  const int tiny = 1;   // the kernel makes its least of it
  ASSERT_EQ(::setsockopt(monitor.fd(), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny)), 0);
  for (uint8_t mac = 1; mac < 200; ++mac) ASSERT_TRUE(machine.neighbour(mac));
  EXPECT_EQ(monitor.drain().value(), Change::everything());
  EXPECT_FALSE(is_readable(monitor));
}

}   // namespace
}   // namespace sluice
