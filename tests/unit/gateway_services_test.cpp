// SPDX-License-Identifier: GPL-2.0-or-later
// What time does to services: graces and drains end.
#include <gtest/gtest.h>

#include "gateway/services.hpp"

namespace sluice::test {
namespace {

using std::chrono::seconds;

Document with_member(const Member& member) {
  auto balancing = std::make_shared<Balancing>();
  balancing->grace = seconds(5);
  balancing->members = {{.backend = "one", .underlay = "near"}, member};
  Document document;
  for (int listener = 0; listener < 2; ++listener) {
    Forward forward{.name = "web", .listen = IpAddress(), .half_open = std::nullopt};
    forward.service = balancing;
    document.forwards.push_back(forward);
  }
  return document;
}

size_t members_at(const Document& declared, ServiceTimes& times, const ServiceClocks& now, bool keep = true) {
  Document document = declared;
  times.settle(document, now, keep);
  EXPECT_EQ(document.forwards[0].service, document.forwards[1].service)
      << "listeners share what they lead to";
  return document.forwards[0].service->members.size();
}

TEST(ServiceTimes, AForbiddenUnderlayHasItsGraceOnce) {
  const Document document =
      with_member({.backend = "one", .underlay = "far", .state = MemberState::kForbidden});
  ServiceTimes times;
  ServiceClocks now;
  EXPECT_EQ(times.next(document, now), std::nullopt) << "nothing of it is in force";
  EXPECT_EQ(members_at(document, times, now, false), 2u);
  EXPECT_EQ(times.next(document, now), std::nullopt) << "a preview begins nothing";
  EXPECT_EQ(members_at(document, times, now), 2u);
  now.steady += seconds(2);
  EXPECT_EQ(members_at(document, times, now), 2u);
  EXPECT_EQ(times.next(document, now), std::chrono::milliseconds(3000));
  now.steady += seconds(3);
  EXPECT_EQ(members_at(document, times, now), 1u);
}

TEST(ServiceTimes, AnUnderlayThatCarriesAgainHasItsGraceAgain) {
  const Document forbidden =
      with_member({.backend = "one", .underlay = "far", .state = MemberState::kForbidden});
  const Document serves = with_member({.backend = "one", .underlay = "far"});
  ServiceTimes times;
  ServiceClocks now;
  EXPECT_EQ(members_at(forbidden, times, now), 2u);
  now.steady += seconds(9);
  EXPECT_EQ(members_at(forbidden, times, now), 1u);
  EXPECT_EQ(members_at(serves, times, now), 2u);
  EXPECT_EQ(members_at(forbidden, times, now), 2u);
}

TEST(ServiceTimes, ADrainEndsByTheWallClock) {
  ServiceClocks now;
  const Document document = with_member({.backend = "two",
                                         .underlay = "near",
                                         .state = MemberState::kDraining,
                                         .until = now.wall + seconds(60)});
  ServiceTimes times;
  EXPECT_EQ(members_at(document, times, now), 2u);
  EXPECT_EQ(times.next(document, now), std::chrono::milliseconds(60'000));
  now.wall += seconds(60);
  EXPECT_EQ(members_at(document, times, now), 1u);
}

// "one" stays; what `member` is leads elsewhere.
Member elsewhere(MemberState state = MemberState::kServes) {
  return {
      .backend = "two", .underlay = "near", .to = *IpAddress::parse("192.0.2.2"), .port = 80, .state = state};
}

Document without_it() {
  Document document = with_member({});
  auto balancing = std::make_shared<Balancing>(*document.forwards[0].service);
  balancing->members.pop_back();
  for (Forward& forward : document.forwards) forward.service = balancing;
  return document;
}

TEST(ServiceTimes, AnAddressThatLeavesTheDocumentHasTheGrace) {
  ServiceTimes times;
  ServiceClocks now;
  EXPECT_EQ(members_at(with_member(elsewhere()), times, now), 2u);
  Document document = without_it();
  times.settle(document, now, true);
  ASSERT_EQ(document.forwards[0].service->members.size(), 2u);
  EXPECT_EQ(document.forwards[0].service->members[1].state, MemberState::kDraining);
  EXPECT_EQ(times.next(document, now), std::chrono::milliseconds(5000));
  now.wall += seconds(2);
  EXPECT_EQ(members_at(without_it(), times, now), 2u) << "its time goes on, it does not begin anew";
  now.wall += seconds(3);
  EXPECT_EQ(members_at(without_it(), times, now), 1u);
  EXPECT_EQ(members_at(without_it(), times, now), 1u);
}

TEST(ServiceTimes, APreviewForgetsNobody) {
  ServiceTimes times;
  const ServiceClocks now;
  EXPECT_EQ(members_at(with_member(elsewhere()), times, now), 2u);
  EXPECT_EQ(members_at(without_it(), times, now, false), 2u);
  EXPECT_EQ(members_at(without_it(), times, now), 2u);
}

TEST(ServiceTimes, AnAddressThatComesBackLeavesNoMore) {
  ServiceTimes times;
  ServiceClocks now;
  EXPECT_EQ(members_at(with_member(elsewhere()), times, now), 2u);
  EXPECT_EQ(members_at(without_it(), times, now), 2u);
  Document document = with_member(elsewhere());
  times.settle(document, now, true);
  EXPECT_EQ(document.forwards[0].service->members.size(), 2u);
  EXPECT_EQ(document.forwards[0].service->members[1].state, MemberState::kServes);
  now.wall += seconds(9);
  EXPECT_EQ(members_at(with_member(elsewhere()), times, now), 2u);
}

TEST(ServiceTimes, WhoseTimeWasOverDoesNotComeBackByLeaving) {
  ServiceTimes times;
  ServiceClocks now;
  EXPECT_EQ(members_at(with_member(elsewhere(MemberState::kForbidden)), times, now), 2u);
  now.steady += seconds(4);
  Document document = without_it();
  times.settle(document, now, false);
  EXPECT_EQ(times.next(document, now), std::chrono::milliseconds(1000)) << "what was left of its grace";
  now.steady += seconds(2);
  EXPECT_EQ(members_at(without_it(), times, now), 1u);
}

}   // namespace
}   // namespace sluice::test
