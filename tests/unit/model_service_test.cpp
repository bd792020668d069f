// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "model/service.hpp"

namespace sluice {
namespace {

Balancing balancing_of(size_t backends, Balance balance = Balance::kRoundRobin) {
  Balancing balancing{.balance = balance, .members = {}};
  for (size_t i = 0; i < backends; ++i)
    balancing.members.push_back({.backend = "vm" + std::to_string(i), .underlay = "wireguard"});
  return balancing;
}

std::vector<uint16_t> turns_of(const Balancing& balancing) {
  return TurnTables().of(balancing, shares_of(balancing));
}

std::map<uint16_t, size_t> counts_of(const std::vector<uint16_t>& turns) {
  std::map<uint16_t, size_t> counts;
  for (const uint16_t turn : turns) ++counts[turn];
  return counts;
}

TEST(ServiceTurns, EqualBackendsTakeTurns) {
  EXPECT_EQ(turns_of(balancing_of(3)), (std::vector<uint16_t>{0, 1, 2}));
}

TEST(ServiceTurns, WhoDrainsHasNoneAmongEqualOnes) {
  Balancing balancing = balancing_of(4);
  balancing.members[1].state = MemberState::kDraining;
  EXPECT_EQ(turns_of(balancing), (std::vector<uint16_t>{0, 2, 3}));
}

TEST(ServiceTurns, ServicesThatDifferGetTablesOfTheirOwn) {
  TurnTables tables;
  const auto table = [&](const Balancing& balancing, uint32_t places = 251) {
    return tables.of(balancing, shares_of(balancing), places);
  };
  const Balancing all = balancing_of(5, Balance::kMaglev), fewer = balancing_of(4, Balance::kMaglev);
  Balancing heavier = all, elsewhere = all;
  heavier.members[2].weight = 7;
  elsewhere.members[2].underlay = "overlay";
  const auto known = table(all);
  EXPECT_EQ(table(all), known);
  for (const Balancing& other : {fewer, heavier, elsewhere})
    EXPECT_EQ(table(other), TurnTables().of(other, shares_of(other), 251));
  EXPECT_NE(table(elsewhere), known);
  EXPECT_EQ(table(all, 509).size(), 509u);
}

TEST(ServiceTurns, AWeightIsSpreadEvenly) {
  Balancing balancing = balancing_of(3);
  balancing.members[0].weight = 4;
  balancing.members[1].weight = 2;
  balancing.members[2].weight = 2;
  EXPECT_EQ(turns_of(balancing), (std::vector<uint16_t>{0, 1, 2, 0}));
}

TEST(ServiceTurns, AddressesOfABackendShareItsWeight) {
  Balancing balancing = balancing_of(2);
  balancing.members.push_back({.backend = "vm0", .underlay = "overlay"});
  EXPECT_EQ(shares_of(balancing), (std::vector<uint32_t>{1, 2, 1}));
  balancing.members[0].state = MemberState::kForbidden;
  EXPECT_EQ(shares_of(balancing), (std::vector<uint32_t>{0, 1, 1}));
}

TEST(ServiceTurns, NobodyServes) {
  for (const Balance balance : {Balance::kRoundRobin, Balance::kMaglev}) {
    Balancing balancing = balancing_of(2, balance);
    for (Member& member : balancing.members) member.state = MemberState::kDraining;
    EXPECT_TRUE(turns_of(balancing).empty());
    balancing.members.clear();
    EXPECT_TRUE(turns_of(balancing).empty());
  }
}

TEST(Maglev, PlacesAreSharedByWeight) {
  Balancing balancing = balancing_of(3, Balance::kMaglev);
  balancing.members[0].weight = 2;
  const auto turns = turns_of(balancing);
  const auto counts = counts_of(turns);
  EXPECT_NEAR(static_cast<double>(counts.at(0)) / static_cast<double>(turns.size()), 0.5, 0.005);
  EXPECT_NEAR(static_cast<double>(counts.at(1)) / static_cast<double>(turns.size()), 0.25, 0.005);
}

// Who stays beside a backend that drains, or that leaves the document, keeps its new flows.
TEST(Maglev, ABackendThatLeavesMovesHardlyAnyOfTheOthers) {
  for (const size_t backends : {2, 3, 5, 10, 30, 65, 100}) {
    const Balancing all = balancing_of(backends, Balance::kMaglev);
    const auto before = turns_of(all);
    Balancing fewer = all;
    fewer.members[backends / 2].state = MemberState::kDraining;
    const auto after = turns_of(fewer);
    ASSERT_FALSE(after.empty());
    size_t moved = 0, others = 0;
    for (size_t place = 0; place < 100'000; ++place) {   // as hashes of flows find them
      const uint16_t was = before[place * 2654435761u % before.size()];
      const uint16_t is = after[place * 2654435761u % after.size()];
      if (was == backends / 2) continue;
      ++others;
      moved += was != is;
    }
    EXPECT_LE(static_cast<double>(moved), 0.01 * static_cast<double>(others)) << backends << " backends";
  }
}

}   // namespace
}   // namespace sluice
