// SPDX-License-Identifier: GPL-2.0-or-later
// Queues of devices against a real kernel, each test in a network namespace that it makes for itself.
#include <gtest/gtest.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "../support/netlink_messages.hpp"
#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "kernel/netlink/queues.hpp"

namespace sluice {
namespace {

using test::outcome;

const Queues kTwo{.rate = 12'500'000,
                  .classes = {{7, 3'750'000, 5'000'000}, {kOtherQueue, 8'750'000, 12'500'000}}};
const Queues kThree{
    .rate = 1'000'000'000'000 / 8,
    .classes = {
        {7, 125, 125}, {8, 50'000'000'000, 100'000'000'000}, {kOtherQueue, 1, 1'000'000'000'000 / 8}}};

struct QueueLab {
  RtnlSocket rtnl = RtnlSocket::open().value();
  uint32_t index = 0;

  QueueLab() {
    EXPECT_EQ(outcome(rtnl.send(test::veth_pair_request("eth1", "peer0"))), "ok");
    index = if_nametoindex("eth1");
  }
  std::string put(const Queues& queues, const std::optional<Queues>& previous = std::nullopt) {
    return outcome(put_queues(rtnl, "eth1", index, queues, previous));
  }
  // Somebody else's: a queue of packets, by this number; 0: whichever the kernel gives it.
  std::string put_other(uint32_t handle) {
    tcmsg place{};
    place.tcm_ifindex = static_cast<int>(index);
    place.tcm_handle = handle;
    place.tcm_parent = TC_H_ROOT;
    return outcome(rtnl.send(NlRequest(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, "put another")
                                 .header(place)
                                 .text(TCA_KIND, "pfifo")));
  }
};

TEST_IN_NETWORK(NetlinkQueues, ComeAsTheyWerePut) {
  QueueLab lab;
  EXPECT_EQ(lab.put(kTwo), "ok");
  const DeviceQueues seen = list_queues(lab.rtnl).value();
  EXPECT_EQ(seen.own, (std::map<uint32_t, Queues>{{lab.index, kTwo}}));
  EXPECT_TRUE(seen.other.empty());
}

TEST_IN_NETWORK(NetlinkQueues, AreChangedInPlaceThereAndBack) {
  QueueLab lab;
  EXPECT_EQ(lab.put(kTwo), "ok");
  EXPECT_EQ(lab.put(kThree, kTwo), "ok");
  EXPECT_EQ(list_queues(lab.rtnl)->own.at(lab.index), kThree) << "rates of more than 32 bits too";
  EXPECT_EQ(lab.put(kTwo, kThree), "ok");
  EXPECT_EQ(list_queues(lab.rtnl)->own.at(lab.index), kTwo);
}

TEST_IN_NETWORK(NetlinkQueues, GoAndAreGoneTwice) {
  QueueLab lab;
  EXPECT_EQ(lab.put(kTwo), "ok");
  EXPECT_EQ(outcome(remove_queues(lab.rtnl, "eth1", lab.index)), "ok");
  EXPECT_EQ(outcome(remove_queues(lab.rtnl, "eth1", lab.index)), "ok");
  EXPECT_TRUE(list_queues(lab.rtnl)->own.empty());
}

TEST_IN_NETWORK(NetlinkQueues, OfOthersAreTold) {
  QueueLab lab;
  EXPECT_EQ(lab.put_other(0x80010000), "ok");
  const DeviceQueues seen = list_queues(lab.rtnl).value();
  EXPECT_EQ(seen.other, (std::map<uint32_t, std::string>{{lab.index, "pfifo 8001:"}}));
  EXPECT_TRUE(seen.own.empty());
  EXPECT_EQ(outcome(remove_queues(lab.rtnl, "eth1", lab.index)), "ok");
  EXPECT_EQ(list_queues(lab.rtnl)->other.size(), 1u) << "they stay";
}

TEST_IN_NETWORK(NetlinkQueues, CountTheirClasses) {
  QueueLab lab;
  EXPECT_EQ(lab.put(kTwo), "ok");
  const auto counts = count_queues(lab.rtnl, lab.index).value();
  std::set<uint16_t> numbers;
  for (const QueueCount& count : counts) numbers.insert(count.number);
  EXPECT_EQ(numbers, (std::set<uint16_t>{7, kOtherQueue, kWholeQueue}));
}

TEST_IN_NETWORK(NetlinkQueues, AFailureLeavesNothing) {
  QueueLab lab;
  Queues bad = kTwo;
  bad.classes.insert({9, 0, 0});   // the kernel wants a rate
  EXPECT_NE(lab.put(bad), "ok");
  EXPECT_TRUE(list_queues(lab.rtnl)->own.empty());
  EXPECT_EQ(lab.put(kTwo), "ok");
  EXPECT_NE(lab.put(bad, kTwo), "ok");
  EXPECT_EQ(list_queues(lab.rtnl)->own.at(lab.index), kTwo);
}

}   // namespace
}   // namespace sluice
