// SPDX-License-Identifier: GPL-2.0-or-later
// Neighbours that nobody has confirmed for a while, read and asked for.
#include <gmock/gmock.h>
#include <linux/neighbour.h>
#include <net/if.h>

#include "../support/netlink_messages.hpp"
#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/stale_neighbours.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;

constexpr uint8_t kSilentHost[] = {192, 0, 2, 9}, kMacOfHost[] = {2, 0, 0, 0, 0, 9};
const IpAddress kAddress = IpAddress::from_ipv4_bytes(kSilentHost);

NlRequest told(uint16_t state, uint32_t age) {
  const nda_cacheinfo times{.ndm_confirmed = age, .ndm_used = 1, .ndm_updated = 2, .ndm_refcnt = 1};
  return NlRequest(RTM_NEWNEIGH, 0, "tell of a neighbour")
      .header(ndmsg{.ndm_family = AF_INET, .ndm_ifindex = 7, .ndm_state = state})
      .bytes(NDA_DST, kSilentHost)
      .bytes(NDA_LLADDR, kMacOfHost)
      .bytes(NDA_CACHEINFO, std::span(reinterpret_cast<const uint8_t*>(&times), sizeof(times)));
}

TEST(StaleNeighbours, AreToldFromOthers) {
  EXPECT_EQ(parse_stale_neighbour(*test::Message(told(NUD_STALE, 900))), (StaleNeighbour{7, kAddress, 900}));
  for (const uint16_t state : {NUD_REACHABLE, NUD_DELAY, NUD_PROBE, NUD_FAILED, NUD_PERMANENT, NUD_NOARP})
    EXPECT_EQ(parse_stale_neighbour(*test::Message(told(state, 900))), std::nullopt) << state;
}

TEST(StaleNeighbours, ThatAreCutSayNothingFalse) {
  const StaleNeighbour whole{7, kAddress, 900};
  test::cut_at_every_byte(told(NUD_STALE, 900), [&](const nlmsghdr& message) {
    EXPECT_EQ(parse_stale_neighbour(message).value_or(whole), whole);
  });
}

TEST(StaleNeighbours, TheOldestOfEachDeviceHaveTheirTurn) {
  const StaleNeighbour young{7, kAddress, 1}, middle{7, kAddress, 5}, old{7, kAddress, 9},
      other{8, kAddress, 2}, unmanaged{9, kAddress, 99};
  const auto wanted = [](uint32_t index) { return index != 9; };
  EXPECT_THAT(oldest_of_each({young, old, unmanaged, other, middle}, 2, wanted),
              ElementsAre(old, middle, other));
}

struct Machine {
  RtnlSocket rtnl = RtnlSocket::open().value();
  uint32_t index = 0;

  Machine() {
    EXPECT_TRUE(rtnl.send(test::veth_pair_request("w0", "w1")));
    index = if_nametoindex("w0");
    EXPECT_TRUE(set_link_up(rtnl, "w0", index));
    EXPECT_TRUE(set_link_up(rtnl, "w1", if_nametoindex("w1")));
  }
};

TEST_IN_NETWORK(StaleNeighbours, AreNoneAnyMoreWhenTheyAreUsed) {
  Machine machine;
  ASSERT_TRUE(machine.rtnl.send(
      NlRequest(RTM_NEWNEIGH, NLM_F_CREATE, "set a neighbour")
          .header(ndmsg{
              .ndm_family = AF_INET, .ndm_ifindex = static_cast<int>(machine.index), .ndm_state = NUD_STALE})
          .bytes(NDA_DST, kSilentHost)
          .bytes(NDA_LLADDR, kMacOfHost)));
  const auto found = list_stale_neighbours(machine.rtnl).value();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].index, machine.index);
  EXPECT_EQ(found[0].address, kAddress);
  ASSERT_TRUE(use_neighbour(machine.rtnl, found[0]));
  EXPECT_TRUE(list_stale_neighbours(machine.rtnl).value().empty()) << "it waits to be asked";
}

TEST_IN_NETWORK(StaleNeighbours, ThatAreGoneMeanwhileAreNoFailure) {
  Machine machine;
  EXPECT_TRUE(use_neighbour(machine.rtnl, {machine.index, kAddress, 1}));
  EXPECT_TRUE(use_neighbour(machine.rtnl, {9999, kAddress, 1}));
  EXPECT_TRUE(list_stale_neighbours(machine.rtnl).value().empty());
}

}   // namespace
}   // namespace sluice
