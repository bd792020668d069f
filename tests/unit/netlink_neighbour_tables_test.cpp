// SPDX-License-Identifier: GPL-2.0-or-later
// How full the kernel's tables of neighbours are, and what the doctor says of it.
#include <gtest/gtest.h>
#include <linux/neighbour.h>

#include "../support/netlink_messages.hpp"
#include "../support/network_namespace.hpp"
#include "kernel/netlink/neighbours.hpp"

namespace sluice {
namespace {

NlRequest told(uint8_t family, uint32_t entries, uint32_t most) {
  const ndt_config counts{.ndtc_entries = entries};
  return NlRequest(RTM_NEWNEIGHTBL, 0, "tell of a table")
      .header(ndtmsg{.ndtm_family = family})
      .text(NDTA_NAME, family == AF_INET ? "arp_cache" : "ndisc_cache")
      .u32(NDTA_THRESH3, most)
      .bytes(NDTA_CONFIG, std::span(reinterpret_cast<const uint8_t*>(&counts), sizeof(counts)))
      .nest(NDTA_PARMS, [](NlRequest&& parameters) { std::move(parameters).u32(NDTPA_REFCNT, 1); });
}

TEST(NeighbourTables, SayHowManyNeighboursThereAreAndMayBe) {
  EXPECT_EQ(parse_neighbour_table(*test::Message(told(AF_INET, 17, 1024))),
            (NeighbourTable{Family::kIpv4, 17, 1024}));
  EXPECT_EQ(parse_neighbour_table(*test::Message(told(AF_INET6, 900, 4096))),
            (NeighbourTable{Family::kIpv6, 900, 4096}));
}

TEST(NeighbourTables, TimersOfOneDeviceAreNoTable) {
  const NlRequest timers =
      NlRequest(RTM_NEWNEIGHTBL, 0, "tell of timers")
          .header(ndtmsg{.ndtm_family = AF_INET})
          .text(NDTA_NAME, "arp_cache")
          .nest(NDTA_PARMS, [](NlRequest&& parameters) { std::move(parameters).u32(NDTPA_IFINDEX, 2); });
  EXPECT_EQ(parse_neighbour_table(*test::Message(timers)), std::nullopt);
  EXPECT_EQ(parse_neighbour_table(*test::Message(told(AF_UNSPEC, 1, 2))), std::nullopt);
}

TEST(NeighbourTables, AnswersThatAreCutSayNothingFalse) {
  const NeighbourTable whole{Family::kIpv4, 17, 1024};
  test::cut_at_every_byte(told(AF_INET, 17, 1024), [&](const nlmsghdr& message) {
    EXPECT_EQ(parse_neighbour_table(message).value_or(whole), whole);
  });
}

TEST_IN_NETWORK(NeighbourTables, AreTheKernelsTwo) {
  auto rtnl = RtnlSocket::open().value();
  const auto tables = list_neighbour_tables(rtnl).value();
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_NE(tables[0].family, tables[1].family);
  EXPECT_GT(tables[0].most, 0u);
  EXPECT_GT(tables[1].most, 0u);
}

TEST(DoctorOfNeighbours, WarnsBeyondThreeQuarters) {
  const ProbeRow room = judge_neighbours({Family::kIpv4, 768, 1024});
  EXPECT_EQ(room.name, "ipv4-neighbours");
  EXPECT_EQ(room.state, ProbeState::kGood);
  EXPECT_EQ(room.finding, "768 of 1024 neighbours");
  EXPECT_EQ(room.remedy, "");

  const ProbeRow full = judge_neighbours({Family::kIpv6, 769, 1024});
  EXPECT_EQ(full.name, "ipv6-neighbours");
  EXPECT_EQ(full.state, ProbeState::kWarning);
  EXPECT_NE(full.remedy.find("net.ipv6.neigh.default.gc_thresh1"), std::string::npos);
}

TEST(DoctorOfNeighbours, CountsWithoutOverflow) {
  EXPECT_EQ(judge_neighbours({Family::kIpv4, 5, 0x7fffffff}).state, ProbeState::kGood);
  EXPECT_EQ(judge_neighbours({Family::kIpv4, 0x7fffffff, 0x7fffffff}).state, ProbeState::kWarning);
}

}   // namespace
}   // namespace sluice
