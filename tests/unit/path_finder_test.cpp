// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "nat_world.hpp"

namespace sluice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// RFC 5128 section 3.3: what a NAT that changes ports by destination sends is not foreseen, so the other end
// has to let strange ports in: of an address that it has spoken to, or of all. Some pairs besides do work.
bool can_work(Nat maps, Nat filters, Nat other_maps, Nat other_filters) {
  const bool is_foreseen = maps == Nat::kIndependent, other_is_foreseen = other_maps == Nat::kIndependent;
  if (is_foreseen && other_is_foreseen) return true;
  if (!is_foreseen && !other_is_foreseen) return false;
  return (is_foreseen ? filters : other_filters) != Nat::kAddressAndPort;
}

TEST(PathFinding, WorksThroughEveryPairOfNatsThatCan) {
  const std::initializer_list<Nat> all = {Nat::kIndependent, Nat::kAddress, Nat::kAddressAndPort};
  int punched = 0;
  for (const Nat maps : all)
    for (const Nat filters : all)
      for (const Nat other_maps : all)
        for (const Nat other_filters : all) {
          NatWorld world(maps, filters, other_maps, other_filters);
          world.run(seconds(12));
          const bool works = can_work(maps, filters, other_maps, other_filters);
          const PathKind found = world.finder().kind();
          EXPECT_TRUE(found == PathKind::kHolePunched || (!works && found == PathKind::kRelay))
              << int(maps) << int(filters) << int(other_maps) << int(other_filters);
          punched += works;
        }
  EXPECT_EQ(punched, 33);
}

TEST(PathFinding, NobodyComesTooEarlyToANatThatAnswersItself) {
  NatWorld world(Nat::kIndependent, Nat::kAddressAndPort, Nat::kIndependent, Nat::kAddressAndPort);
  world.caller().answer_itself();
  world.called().answer_itself();
  EXPECT_TRUE(world.until(PathKind::kHolePunched, seconds(8)));
}

TEST(PathFinding, OtherPlacesOfTheCalledEndAreTriedAtOnce) {
  NatWorld world(Nat::kIndependent, Nat::kAddressAndPort, Nat::kIndependent, Nat::kAddressAndPort);
  world.tell_nothing_yet();
  world.run(seconds(70));
  ASSERT_EQ(world.finder().kind(), PathKind::kRelay);
  world.tell_all();
  const auto found = world.until(PathKind::kHolePunched, seconds(10));
  ASSERT_TRUE(found);
  EXPECT_LT(*found, seconds(3));
}

TEST(PathFinding, ANatThatHadAPacketTooEarlyIsTriedAgainWhenItHasForgotten) {
  int calls = 0;
  PathTime now{seconds(1'000)};
  std::optional<stun::TransactionId> call;
  const Endpoint place = place_at("203.0.113.2:4");
  std::vector<PathTime> tried;
  PathFinder finder(
      order_by(kRelayPort),
      [&](const Endpoint& to, const PathMessage& one) {
        if (to == place) tried.push_back(now);
        calls += one.is_call;
        if (to == kRelayPort) call = one.id;
      },
      now);
  for (int i = 0; i < 3'000; ++i) {
    now += milliseconds(50);
    const int before = calls;
    if (now >= finder.next()) finder.tick(now);
    if (!call) continue;
    PathMessage answer{.is_answer = true, .id = *call, .through_relay = true, .mapped = kStun};
    if (calls > before) answer.candidates = {{PathOrigin::kSeen, place}};
    call.reset();
    finder.hear_answer(kRelayPort, answer, now);
  }
  ASSERT_GT(tried.size(), 25u);
  PathTime::duration longest{};
  for (size_t i = 1; i < tried.size(); ++i) longest = std::max(longest, tried[i] - tried[i - 1]);
  EXPECT_GT(longest, seconds(35));
  EXPECT_LT(longest, seconds(50));
}

TEST(PathFinding, TheRelayIsUsedFirstAndTheCalledEndIsTold) {
  NatWorld world(Nat::kIndependent, Nat::kAddressAndPort, Nat::kIndependent, Nat::kAddressAndPort);
  ASSERT_TRUE(world.until(PathKind::kRelay, seconds(1)));
  EXPECT_EQ(world.finder().place(), kRelayPort);
  ASSERT_TRUE(world.until(PathKind::kHolePunched, seconds(5)));
  world.run(seconds(1));
  EXPECT_EQ(world.answerer().used(), PathKind::kHolePunched);
}

TEST(PathFinding, ADeadPathIsLeftWithinThreeSecondsAndTakenAgain) {
  NatWorld world(Nat::kIndependent, Nat::kAddressAndPort, Nat::kIndependent, Nat::kAddressAndPort);
  ASSERT_TRUE(world.until(PathKind::kHolePunched, seconds(8)));
  world.run(seconds(30));
  world.called().block(true);
  const auto left = world.until(PathKind::kRelay, seconds(5));
  ASSERT_TRUE(left);
  EXPECT_LT(*left, milliseconds(2'500));
  world.run(seconds(60));
  EXPECT_EQ(world.finder().kind(), PathKind::kRelay);
  world.called().block(false);
  const auto back = world.until(PathKind::kHolePunched, seconds(40));
  ASSERT_TRUE(back);
  EXPECT_LT(*back, seconds(15));
}

TEST(PathFinding, APunchedPathNeedsNoRelay) {
  NatWorld world(Nat::kIndependent, Nat::kAddress, Nat::kIndependent, Nat::kAddress);
  ASSERT_TRUE(world.until(PathKind::kHolePunched, seconds(8)));
  world.block_relay(true);
  world.run(seconds(120));
  EXPECT_EQ(world.finder().kind(), PathKind::kHolePunched);
  world.called().block(true);
  world.run(seconds(4));
  EXPECT_EQ(world.finder().kind(), PathKind::kNone);
  EXPECT_EQ(world.finder().place(), kRelayPort) << "the way that the document says";
  world.block_relay(false);
  const auto back = world.until(PathKind::kRelay, seconds(10));
  ASSERT_TRUE(back);
  EXPECT_LT(*back, seconds(4));
}

TEST(PathFinding, WhoeverYieldsLeavesTheTunnelAlone) {
  NatWorld world(Nat::kIndependent, Nat::kAddress, Nat::kIndependent, Nat::kAddress);
  ASSERT_TRUE(world.until(PathKind::kHolePunched, seconds(8)));
  world.finder().yield(world.now());
  world.run(seconds(10));
  EXPECT_FALSE(world.finder().place());
  EXPECT_TRUE(world.until(PathKind::kHolePunched, seconds(12))) << "the other one calls no more";
}

TEST(PathFinding, WhoNeverAnswersIsAskedMoreAndMoreSeldom) {
  int asked = 0;
  PathTime now{seconds(1'000)};
  PathFinder finder(
      order_by(kRelayPort), [&](const Endpoint&, const PathMessage&) { ++asked; }, now);
  for (const PathTime end = now + seconds(3'600); now < end; now += milliseconds(50))
    if (now >= finder.next()) finder.tick(now);
  EXPECT_LT(asked, 120);
  EXPECT_GT(asked, 50);
  EXPECT_FALSE(finder.place());
}

TEST(PathFinding, AKnownRelayIsEnough) {
  PathTime now{seconds(1'000)};
  const Endpoint other = place_at("198.51.100.9:42000");
  std::optional<stun::TransactionId> call;
  PathFinder finder(
      order_by(kRelayPort, {other}),
      [&](const Endpoint& to, const PathMessage& one) {
        if (to == other && one.is_call) call = one.id;
      },
      now);
  for (int i = 0; i < 100; ++i) {
    if (now >= finder.next()) finder.tick(now);
    now += milliseconds(50);
    if (!call) continue;
    finder.hear_answer(other, {.is_answer = true, .id = *call, .through_relay = true, .mapped = kStun}, now);
    call.reset();
  }
  EXPECT_EQ(finder.kind(), PathKind::kRelay);
  EXPECT_EQ(finder.place(), other);
}

TEST(PathFinding, TheOrderIsTheDocuments) {
  constexpr auto kOpen = Nat::kIndependent;
  NatWorld usual(kOpen, kOpen, kOpen, kOpen);
  EXPECT_TRUE(usual.until(PathKind::kHolePunched, seconds(12)));
  NatWorld relayed(kOpen, kOpen, kOpen, kOpen, {PathKind::kRelay, PathKind::kHolePunched});
  EXPECT_TRUE(relayed.until(PathKind::kRelay, seconds(12)));
  relayed.run(seconds(60));
  EXPECT_EQ(relayed.finder().kind(), PathKind::kRelay);
  relayed.block_relay(true);
  EXPECT_TRUE(relayed.until(PathKind::kHolePunched, seconds(3))) << "it is the next best, and known";
  relayed.block_relay(false);
  EXPECT_TRUE(relayed.until(PathKind::kRelay, seconds(30)));
}

TEST(PathFinding, AKindThatIsLeftOutIsNotTaken) {
  constexpr auto kOpen = Nat::kIndependent;
  NatWorld world(kOpen, kOpen, kOpen, kOpen, {PathKind::kDirect, PathKind::kRelay});
  EXPECT_FALSE(world.until(PathKind::kHolePunched, seconds(60)));
  EXPECT_EQ(world.finder().kind(), PathKind::kRelay);
  world.block_relay(true);
  EXPECT_FALSE(world.until(PathKind::kHolePunched, seconds(60))) << "not even when nothing else is left";
}

TEST(PathFinding, NoPlaceBehindTheTunnelIsTried) {
  std::set<Endpoint> asked;
  std::optional<stun::TransactionId> call;
  PathTime now{seconds(1'000)};
  PathOrder order = order_by(kRelayPort);
  order.behind = {*Prefix::parse("192.168.2.0/24")};
  PathFinder finder(
      order,
      [&](const Endpoint& to, const PathMessage& one) {
        asked.insert(to);
        if (one.is_call) call = one.id;
      },
      now);
  finder.tick(now);
  ASSERT_TRUE(call);
  PathMessage answer{.is_answer = true, .id = *call, .through_relay = true, .mapped = kStun};
  answer.candidates = {{PathOrigin::kOwn, place_at("192.168.2.2:51820")},
                       {PathOrigin::kSeen, place_at("203.0.113.2:4")}};
  finder.hear_answer(kRelayPort, answer, now);
  for (int i = 0; i < 200; ++i) finder.tick(now += milliseconds(50));
  EXPECT_EQ(asked, (std::set{kRelayPort, place_at("203.0.113.2:4")}));
}

}   // namespace
}   // namespace sluice
