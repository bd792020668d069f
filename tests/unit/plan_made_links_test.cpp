// SPDX-License-Identifier: GPL-2.0-or-later
// Devices that sluice makes: which steps a document costs on which machine.
#include "../support/parsed.hpp"
#include "model/zone_pairs.hpp"
#include "plan/parts.hpp"
#include "plan_fixture.hpp"

namespace sluice {
namespace {

using test::add_link, test::carry_out, test::fresh_machine, test::ip, test::parsed, test::sentences_of;

using Sentences = std::vector<std::string>;

Document with(const std::string& interfaces) {
  return parsed(R"({ "version": 1, "interfaces": { )" + interfaces + " } }");
}

constexpr const char* kBridge =
    R"("br0": { "bridge": { "members": ["wan", "lan"] }, "zone": "dmz", "addresses": ["172.20.1.1/24"] })";
constexpr const char* kTunnel =
    R"("vx7": { "vxlan": { "vni": 7, "local": "203.0.113.1", "remotes": ["198.51.100.7"] }, "zone": "site" })";

// Of steps about devices; the rest of a plan has tests of its own.
Sentences link_steps(const Document& document, const Observed& seen) {
  Plan plan;
  const auto done = plan_made_links(document, seen, plan);
  if (!done) return {done.error().message};
  plan_link_removals(document, seen, plan);
  return sentences_of(plan);
}

// Until nothing is left to do; the steps of the first round.
Sentences applied(const Document& document, Observed& seen) {
  auto plan = make_plan(document, seen);
  EXPECT_TRUE(plan) << plan.error().message;
  Sentences first = sentences_of(*plan);
  for (int round = 0; round < 4 && !plan->empty(); ++round) {
    carry_out(seen, *plan);
    plan = make_plan(document, seen);
  }
  EXPECT_EQ(sentences_of(*plan), Sentences{}) << "it does not end";
  return first;
}

TEST(MadeLinkPlan, ABridgeIsMadeAndGetsItsMembers) {
  EXPECT_EQ(link_steps(with(kBridge), fresh_machine()),
            (Sentences{"make bridge br0", "set br0 up", "put wan into br0", "put lan into br0"}));
}

TEST(MadeLinkPlan, WhatIsMadeIsLast) {
  Observed seen = fresh_machine();
  const auto steps = applied(with(kBridge), seen);
  EXPECT_EQ(steps.back(), "put lan into br0");
  EXPECT_EQ(seen.links["lan"].master, "br0");
  EXPECT_EQ(seen.links["br0"].addresses.size(), 1u);
}

TEST(MadeLinkPlan, AMemberThatIsGoneIsTakenOutAndTheOtherStays) {
  Observed seen = fresh_machine();
  applied(with(kBridge), seen);
  EXPECT_EQ(link_steps(with(R"("br0": { "bridge": { "members": ["lan"] }, "zone": "dmz" })"), seen),
            Sentences{"take wan out of br0"});
}

TEST(MadeLinkPlan, MembersOfOthersStay) {
  Observed seen = fresh_machine();
  applied(with(kBridge), seen);
  add_link(seen, "tap0", 9, "tun");
  seen.links["tap0"].master = "br0";
  EXPECT_EQ(link_steps(with(kBridge), seen), Sentences{});
}

// Between its rules and its device, which go apart from each other, nobody judges what comes out of it.
TEST(MadeLinkPlan, ATunnelThatGoesHasNoPeersBeforeAnythingElse) {
  Observed seen = fresh_machine();
  add_link(seen, "wg0", 9, "tun");
  seen.links["wg0"].parameters = WireguardLink{.userspace = true};
  seen.owned_links["wg0"] = {"tun", 9};
  TunnelPeer one;
  one.public_key.fill(1);
  seen.tunnels["wg0"].tunnel.peers = {{one.public_key, one}};
  const auto steps = applied(with(kBridge), seen);
  EXPECT_EQ(steps.front(), "set up tunnel wg0: 1 peer removed");
  EXPECT_EQ(steps.back(), "remove WireGuard tunnel wg0 by wireguard-go");
}

TEST(MadeLinkPlan, WhatLeavesTheDocumentIsRemovedChildrenFirst) {
  Observed seen = fresh_machine();
  applied(with(R"("a": { "vlan": { "parent": "b", "id": 2 }, "zone": "z" },
                  "b": { "vlan": { "parent": "lan", "id": 1 }, "zone": "z" })"),
          seen);
  EXPECT_EQ(link_steps(with(""), seen), (Sentences{"remove VLAN 2 of b as a", "remove VLAN 1 of lan as b"}));
}

// The mark comes last, and the number of the device behind it.
TEST(MadeLinkPlan, ADeviceWhoseMakerWasKilledIsMadeAnew) {
  Observed seen = fresh_machine();
  applied(with(kBridge), seen);
  seen.owned_links["br0"].index = 0;
  seen.links["br0"].marked = true;
  EXPECT_EQ(link_steps(with(kBridge), seen), Sentences{}) << "only its number was not noted";
  seen.links["br0"].marked = false;
  const auto steps = link_steps(with(kBridge), seen);
  ASSERT_GE(steps.size(), 2u);
  EXPECT_EQ(steps[0], "remove bridge br0");
  EXPECT_EQ(steps[1], "make bridge br0");
}

TEST(MadeLinkPlan, ParentsAreMadeFirst) {
  EXPECT_EQ(link_steps(with(R"("a": { "vlan": { "parent": "b", "id": 2 }, "zone": "z" },
                               "b": { "vlan": { "parent": "lan", "id": 1, "protocol": "802.1ad" }, "zone": "z" })"),
                       fresh_machine()),
            (Sentences{"make 802.1ad VLAN 1 of lan as b", "set b up", "make VLAN 2 of b as a", "set a up"}));
}

TEST(MadeLinkPlan, AParentThatIsAbsentIsTold) {
  Plan plan;
  ASSERT_TRUE(plan_made_links(with(R"("x": { "vlan": { "parent": "eth9", "id": 2 }, "zone": "z" })"),
                              fresh_machine(), plan));
  EXPECT_EQ(plan.degraded,
            Sentences{"interface \"x\" cannot be made: \"eth9\" does not exist; it is made when "
                      "that appears"});
}

TEST(MadeLinkPlan, ADeviceOfSomebodyElseIsRefusedAndLaterTold) {
  Observed seen = fresh_machine();
  add_link(seen, "br0", 9, "bridge");
  const Sentences why{
      "interface \"br0\": a device of this name is there that sluice did not make; to use it as "
      "it is, leave out \"bridge\""};
  EXPECT_EQ(link_steps(with(kBridge), seen), why);
  seen.in_force = true;
  const auto plan = make_plan(with(kBridge), seen);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->degraded, why);
  for (const std::string& step : sentences_of(*plan))
    if (!step.starts_with("set net/")) {
      EXPECT_EQ(step.find("br0"), step.npos) << step;
    }
}

TEST(MadeLinkPlan, OneThatTookThePlaceOfOursIsSomebodyElses) {
  Observed seen = fresh_machine();
  applied(with(kBridge), seen);
  seen.links["br0"].index = 99;
  EXPECT_EQ(link_steps(with(""), seen).back(), "remove device br0") << "the record, and not the device";
  Plan plan;
  plan_link_removals(with(""), seen, plan);
  EXPECT_EQ(std::get<step::RemoveLink>(plan.steps.back()).index, 0u);
}

TEST(MadeLinkPlan, AMemberOfAnotherBridgeIsRefused) {
  Observed seen = fresh_machine();
  seen.links["lan"].master = "theirs";
  EXPECT_EQ(link_steps(with(kBridge), seen),
            Sentences{"interface \"br0\": member \"lan\" belongs to \"theirs\""});
}

TEST(MadeLinkPlan, AMemberMovesFromOneBridgeOfOursToAnother) {
  Observed seen = fresh_machine();
  applied(
      with(R"("b1": { "bridge": { "members": ["lan"] }, "zone": "z" }, "b2": { "bridge": {}, "zone": "z" })"),
      seen);
  EXPECT_EQ(link_steps(with(R"("b1": { "bridge": {}, "zone": "z" },
                               "b2": { "bridge": { "members": ["lan"] }, "zone": "z" })"),
                       seen),
            Sentences{"put lan into b2"});
}

TEST(MadeLinkPlan, AKindThatTheKernelLacksIsRefusedWithTheReason) {
  Observed seen = fresh_machine();
  seen.kinds_refused["vxlan"] = "the kernel makes no VXLAN devices";
  EXPECT_EQ(link_steps(with(kTunnel), seen),
            Sentences{"interface \"vx7\": the kernel makes no VXLAN devices"});
}

TEST(MadeLinkPlan, ATunnelIsFilledOnceItIsThere) {
  Observed seen = fresh_machine();
  seen.underlays[ip("198.51.100.7")] = {2, 1500};
  EXPECT_EQ(link_steps(with(kTunnel), seen),
            (Sentences{"make VXLAN 7 of 203.0.113.1 port 4789 as vx7", "set vx7 up"}));
  applied(with(kTunnel), seen);
  EXPECT_EQ(seen.forwarding["vx7"], (std::set<ForwardingEntry>{{{}, ip("198.51.100.7")}}));
  EXPECT_EQ(seen.links["vx7"].mtu, 1450u);
}

TEST(MadeLinkPlan, TheSmallestWayDecidesWhatFits) {
  Observed seen = fresh_machine();
  const auto document = with(R"("vx7": { "zone": "site", "vxlan": { "vni": 7, "local": "2001:db8::1",
      "remotes": ["2001:db8::7"], "entries": [{ "mac": "02:00:5e:00:53:01", "remote": "2001:db8::8" }] } })");
  seen.underlays[ip("2001:db8::7")] = {2, 1500};
  seen.underlays[ip("2001:db8::8")] = {2, 1400};
  applied(document, seen);
  EXPECT_EQ(seen.links["vx7"].mtu, 1330u);
  EXPECT_EQ(seen.forwarding["vx7"].size(), 2u);
}

TEST(MadeLinkPlan, AWayThatIsMissingOrLeadsInCirclesIsTold) {
  Observed seen = fresh_machine();
  applied(with(kTunnel), seen);
  Plan plan;
  plan_link_contents(with(kTunnel), seen, plan);
  EXPECT_EQ(plan.degraded, Sentences{"no route leads to the remote 198.51.100.7 of \"vx7\""});
  seen.underlays[ip("198.51.100.7")] = {seen.links["vx7"].index, 1450};
  plan = {};
  plan_link_contents(with(kTunnel), seen, plan);
  EXPECT_EQ(plan.degraded,
            Sentences{"the route to the remote 198.51.100.7 of \"vx7\" leads through the tunnel itself"});
  EXPECT_TRUE(plan.steps.empty());
}

TEST(MadeLinkPlan, AnotherNumberMakesItAnewInItsPlace) {
  Observed seen = fresh_machine();
  applied(with(kTunnel), seen);
  const uint32_t index = seen.links["vx7"].index;
  const auto other = with(
      R"("vx7": { "vxlan": { "vni": 8, "local": "203.0.113.1", "remotes": ["198.51.100.7"] }, "zone": "site" })");
  EXPECT_EQ(link_steps(other, seen),
            (Sentences{"remove VXLAN 7 of 203.0.113.1 port 4789 as vx7",
                       "make VXLAN 8 of 203.0.113.1 port 4789 as vx7", "set vx7 up"}));
  applied(other, seen);
  EXPECT_EQ(seen.links["vx7"].index, index);
}

TEST(MadeLinkPlan, PortsGetTheirVlansAndLoseOthers) {
  Observed seen = fresh_machine();
  const auto document = with(R"("br0": { "zone": "z", "bridge": { "members": ["lan"],
      "ports": { "lan": { "untagged": 20, "tagged": [30] }, "br0": { "untagged": 20 } } } })");
  EXPECT_EQ(applied(document, seen).back(), "put lan into br0");
  EXPECT_EQ(seen.port_vlans["lan"], (std::map<uint16_t, bool>{{20, true}, {30, false}}));
  seen.port_vlans["lan"][40] = false;
  seen.port_vlans["lan"][30] = true;
  EXPECT_EQ(link_steps(document, seen),
            (Sentences{"lan: no longer carry VLAN 40 tagged", "lan: carry VLAN 30 tagged"}));
}

TEST(MadeLinkPlan, TheFilterIsSwitchedInPlace) {
  Observed seen = fresh_machine();
  applied(with(R"("br0": { "bridge": { "members": ["lan"] }, "zone": "z" })"), seen);
  EXPECT_EQ(
      link_steps(with(R"("br0": { "zone": "z", "bridge": { "members": ["lan"],
                                        "ports": { "lan": { "tagged": [30] } } } })"),
                 seen),
      (Sentences{"change bridge br0 into bridge br0 with VLAN filtering", "lan: carry VLAN 30 tagged"}));
}

TEST(ImpliedPolicies, AdmitThePeersOfATunnelAndNobodyElse) {
  const Document document = with(kTunnel);
  ASSERT_EQ(document.policies.size(), 3u);
  EXPECT_EQ(document.policies[0].name, "vxlan vx7");
  EXPECT_EQ(document.policies[0].source.prefixes, std::vector<Prefix>{*Prefix::parse("198.51.100.7")});
  EXPECT_EQ(document.policies[1].action, Action::kDrop);
  EXPECT_EQ(document.policies[2].from, Sentences{"host"});
}

TEST(ClosedZones, AreClosedToAllButTheGatewayAndThemselves) {
  const Document document = parsed(R"({ "version": 1, "interfaces": {
      "wan": { "zone": "internet" }, "br0": { "bridge": { "isolated": true }, "zone": "internal" } } })");
  ASSERT_EQ(document.zones.size(), 2u);
  EXPECT_TRUE(document.zones[1].closed);
  EXPECT_TRUE(is_closed(document, 1, 2));
  EXPECT_TRUE(is_closed(document, 2, 1));
  EXPECT_FALSE(is_closed(document, 2, 2));
  EXPECT_FALSE(is_closed(document, 0, 2));
  EXPECT_FALSE(is_closed(document, 2, 0));
}

}   // namespace
}   // namespace sluice
