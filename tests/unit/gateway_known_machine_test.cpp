// SPDX-License-Identifier: GPL-2.0-or-later
// Which steps are followed without a look at the machine: those that are about pods, and about rules.
#include <gtest/gtest.h>

#include "../support/synthetic_machine.hpp"
#include "gateway/known_machine.hpp"

namespace sluice {
namespace {

const VethLink kPair{"pod-a", 4026532001, *IpAddress::parse("10.101.0.3"), *IpAddress::parse("10.101.0.2")};
const InterfaceAddress kOwn{*IpAddress::parse("10.101.0.2"), 31};

// Two devices of somebody else's, and a pod's.
KnownMachine machine() {
  Observed seen = test::fresh_machine();
  test::add_link(seen, "pod-a", 9);
  seen.links["pod-a"].parameters = kPair;
  KnownMachine known("/nowhere");
  known.note(std::move(seen));
  return known;
}

bool follows(const Step& step) { return machine().can_follow(std::vector{step}); }

TEST(KnownMachine, IsWholeAfterALookUntilItIsChanged) {
  KnownMachine known = machine();
  EXPECT_TRUE(known.is_whole());
  known.lose();
  EXPECT_FALSE(known.is_whole());
  EXPECT_FALSE(KnownMachine("/nowhere").is_whole());
}

TEST(KnownMachine, KeepsTheMainTableThatALookForAPlanLeavesOut) {
  KnownMachine known = machine();
  known.note_main_routes({{.table = kTableMain, .to = *Prefix::parse("192.0.2.0/24"), .index = 2}});
  known.note(test::fresh_machine());
  EXPECT_EQ(known.seen().main_routes.size(), 1u);
}

TEST(KnownMachine, FollowsWhatIsDoneToPods) {
  EXPECT_TRUE(follows(step::SetLinkUp{"pod-a", 9}));
  EXPECT_TRUE(follows(step::AddAddress{"pod-a", 9, kOwn}));
  EXPECT_TRUE(follows(step::AttachProgram{"pod-a", 9, Hook::kTcIngress}));
  EXPECT_TRUE(follows(step::SetSysctl{"net/ipv4/conf/pod-a/arp_ignore", "1", "0"}));
  EXPECT_TRUE(follows(step::RemoveLink{{"pod-a", kPair}, 9}));
  EXPECT_TRUE(follows(step::MakeLink{{"pod-b", kPair}}));
  EXPECT_TRUE(follows(step::MakeSpace{"pod-that-nobody-has"}));
}

TEST(KnownMachine, FollowsWhatIsSaidOfDevicesThatTheSameStepsMake) {
  const std::vector<Step> steps{step::MakeLink{{"pod-b", kPair}}, step::SetLinkUp{"pod-b", 0}};
  EXPECT_TRUE(machine().can_follow(steps));
  EXPECT_FALSE(machine().can_follow(std::span(steps).subspan(1)));
}

TEST(KnownMachine, LeavesAllElseToALook) {
  for (const Step& step :
       {Step(step::SetLinkUp{"lan", 3}), Step(step::AddAddress{"lan", 3, kOwn}),
        Step(step::RemoveAddress{"wan", 2, kOwn}), Step(step::SetMaster{"lan", 3, "br0", ""}),
        Step(step::AttachProgram{"lan", 3, Hook::kTcIngress}),
        Step(step::AttachProgram{"pod-a", 9, Hook::kXdp}), Step(step::MakeLink{{"br0", BridgeLink{}}}),
        Step(step::RemoveLink{{"br0", BridgeLink{}}, 4}), Step(step::RemoveLink{{"pod-a", kPair}, 0}),
        Step(step::SetSysctl{"net/ipv4/conf/all/forwarding", "0", "1"}),
        Step(step::SetSysctl{"net/ipv4/conf/default/forwarding", "0", "1"}),
        Step(step::SetSysctl{"net/ipv4/ip_forward", "0", "1"}), Step(step::LoadPrograms{}),
        Step(step::DropTables{}), Step(step::PutTable{}), Step(step::ChangeTunnel{}),
        Step(step::PutMacLimits{})})
    EXPECT_FALSE(follows(step)) << sentence(step);
}

TEST(KnownMachine, PlansAgainBehindWhatMayLeadOn) {
  const auto leads_on = [](const Step& step) { return may_lead_on(std::vector{step}); };
  EXPECT_TRUE(leads_on(step::MakeLink{{"pod-b", kPair}}));
  EXPECT_TRUE(leads_on(step::SetLinkUp{"pod-a", 9})) << "addresses of IPv6 come by themselves";
  EXPECT_TRUE(leads_on(step::RemoveLink{{"pod-a", kPair}, 9})) << "its addresses were the gateway's";
  EXPECT_FALSE(leads_on(step::AddAddress{"pod-a", 9, kOwn}));
  EXPECT_FALSE(leads_on(step::PutRules{}));
}

}   // namespace
}   // namespace sluice
