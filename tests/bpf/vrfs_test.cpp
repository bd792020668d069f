// SPDX-License-Identifier: GPL-2.0-or-later
// A VRF asks its own routes, and others only where it says so.
#include "support/bpf_test.hpp"
#include "support/events.hpp"
#include "support/fill.hpp"

namespace sluice::test {
namespace {

constexpr auto kDmzAddress = "172.20.1.1", kDmzAddress6 = "2001:db8:20::1";
constexpr auto kBehindDmz = "10.77.0.9";
constexpr auto kThroughMain =
    R"({ "to": "0.0.0.0/0", "through": "main" }, { "to": "::/0", "through": "main" })";
constexpr auto kForwards = R"(
  { "name": "web", "listen": "203.0.113.1", "protocol": ["tcp", "udp"], "ports": 80, "to": "172.20.1.2:8080", "vrf": "office" },
  { "name": "web6", "listen": "2001:db8:f::1", "ports": 80, "to": "[2001:db8:20::2]:8080", "vrf": "office" })";

class Vrfs : public HookTest {
 protected:
  void office(const std::string& routes, const std::string& forward = "") {
    lab.forget();
    lab.apply(office_document(routes, forward));
  }
  Outcome from_dmz(const Layers& layers) { return from(At::kDmz, layers); }
  std::string dmz(const char* destination) {
    return from_dmz(Ip4{.src = kDmz, .dst = destination} / Udp{}).what;
  }
  std::string dmz6(const char* destination) {
    return from_dmz(Ip6{.src = kDmz6, .dst = destination} / Udp{}).what;
  }
};
ON_BOTH_HOOKS(Vrfs);

TEST_P(Vrfs, WithoutARouteNothingLeadsOut) {
  office("");
  for (const char* destination : {kFar, kOutside, kInside, kWanAddress, kLanAddress})
    EXPECT_EQ(dmz(destination), "answered: NO_ROUTE") << destination;
  for (const char* destination : {kFar6, kInside6, kWanAddress6})
    EXPECT_EQ(dmz6(destination), "answered: NO_ROUTE") << destination;
}

TEST_P(Vrfs, TheMainOneHasNoWayIn) {
  office(kThroughMain);
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kDmz} / Udp{}).what, "answered: NO_ROUTE");
  EXPECT_EQ(from_lan(Ip6{.src = kInside6, .dst = kDmz6} / Udp{}).what, "answered: NO_ROUTE");
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kDmzAddress} / Echo{}).what, "answered: NO_ROUTE");
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kDmz} / Udp{}).what, "answered: NO_ROUTE");
}

class VrfsFromMain : public Vrfs {
 protected:
  void SetUp() override {
    Vrfs::SetUp();
    lab.lead_main({{*Prefix::parse("172.20.1.0/24"), std::nullopt, "office", 1},
                   {*Prefix::parse("2001:db8:20::/64"), std::nullopt, "office", 1}});
    office(kThroughMain);
  }
  void TearDown() override {
    lab.lead_main({});
    Vrfs::TearDown();
  }
};
ON_BOTH_HOOKS(VrfsFromMain);

TEST_P(VrfsFromMain, ItLeadsIntoAnotherAndPoliciesDecide) {
  const Outcome out = from_lan(Ip4{.src = kInside, .dst = kDmz} / Udp{.sport = 1111, .dport = 53});
  ASSERT_EQ(out.what, "forwarded");
  EXPECT_EQ(out.view().src, kInside) << "no NAT";
  EXPECT_EQ(from_dmz(Ip4{.src = kDmz, .dst = kInside} / Udp{.sport = 53, .dport = 1111}).what, "forwarded");
  EXPECT_EQ(from_lan(Ip6{.src = kInside6, .dst = kDmz6} / Udp{.sport = 1111, .dport = 53}).what, "forwarded");
  EXPECT_EQ(from_dmz(Ip6{.src = kDmz6, .dst = kInside6} / Udp{.sport = 53, .dport = 1111}).what, "forwarded");
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kDmz} / Tcp{.dport = 22}).what, "answered: REJECT");
  EXPECT_EQ(dmz(kInside), "dropped: POLICY") << "the other way nothing says that it may";
}

TEST_P(VrfsFromMain, ItsAddressesOfTheGatewayStayTheirOwn) {
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kDmzAddress} / Echo{}).what, "dropped: OTHER_VRF");
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kDmz} / Udp{}).what, "dropped: INSIDE_ADDRESS");
}

TEST_P(Vrfs, ThroughTheMainOnePoliciesDecide) {
  office(kThroughMain);
  const Outcome out = from_dmz(Ip4{.src = kDmz, .dst = kFar} / Udp{.sport = 1111, .dport = 53});
  ASSERT_EQ(out.what, "forwarded");
  EXPECT_EQ(out.view().src, kWanAddress);
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 53, .dport = 1111}).what,
            "forwarded");
  EXPECT_EQ(dmz(kInside), "dropped: POLICY");
  EXPECT_EQ(dmz6(kFar6), "forwarded");
  EXPECT_EQ(dmz6(kInside6), "dropped: POLICY");
}

// A shortage is told once a minute in each: what one tenant does hides nothing of the others'.
TEST_P(Vrfs, ShortagesAreToldForEach) {
  office(kThroughMain);
  fill_flows(lab);
  (void)take_events(lab);
  for (int times = 0; times < 2; ++times) {
    EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).what, "dropped: TABLE_FULL");
    EXPECT_EQ(dmz(kFar), "dropped: TABLE_FULL");
  }
  const auto told = take_events(lab);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].vrf, SL_MAIN_VRF);
  EXPECT_NE(told[1].vrf, SL_MAIN_VRF);
  lab.forget();
}

// What begins outside is told where it leads to: a flood at a tenant's forward hides nothing of others.
TEST_P(Vrfs, AShortageOfWhatBeginsOutsideIsTheTenants) {
  office(kThroughMain, kForwards);
  fill_flows(lab);
  (void)take_events(lab);
  for (int times = 0; times < 2; ++times) {
    EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 4000, .dport = 80}).what,
              "dropped: TABLE_FULL");
    EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).what, "dropped: TABLE_FULL");
  }
  const auto told = take_events(lab);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].vrf, 1100);
  EXPECT_EQ(told[1].vrf, SL_MAIN_VRF);
  lab.forget();
}

TEST_P(Vrfs, WhatLeavesItWaitsInItsClass) {
  std::string document = office_document(kThroughMain, kForwards);
  document.insert(document.find(R"("table": 1100)"), R"("bandwidth": { "guaranteed": "1mbit" }, )");
  document.insert(document.find(R"("zone": "internet", "hook")"), R"("rate": "100mbit", )");
  lab.forget();
  lab.apply(document);
  const Outcome out = from_dmz(Ip4{.src = kDmz, .dst = kFar} / Udp{.sport = 1111, .dport = 53});
  EXPECT_EQ(out.what, "forwarded");
  EXPECT_EQ(out.priority, SL_QUEUE(1100u));
  EXPECT_EQ(out.handed_on, GetParam() == Hook::kXdp) << "XDP goes past queues";
  const Outcome back = from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 53, .dport = 1111});
  EXPECT_EQ(back.what, "forwarded");
  EXPECT_EQ(back.priority, 0u);
  EXPECT_FALSE(back.handed_on) << "nothing waits there";
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).priority, 0u) << "among all others";
}

TEST_P(Vrfs, TheGatewayIsHostInTheVrfThatAsks) {
  office(kThroughMain);
  EXPECT_EQ(from_dmz(Ip4{.src = kDmz, .dst = kDmzAddress} / Echo{}).what, "dropped: POLICY") << "as any host";
  for (const char* own : {kWanAddress, kLanAddress}) EXPECT_EQ(dmz(own), "dropped: OTHER_VRF") << own;
  EXPECT_EQ(dmz6(kLanAddress6), "dropped: OTHER_VRF");
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kLanAddress} / Echo{}).what, "to host");
}

TEST_P(Vrfs, TheLongestRouteWins) {
  office(R"({ "to": "0.0.0.0/0", "via": "172.20.1.2" }, { "to": "198.51.100.0/24", "through": "main" })");
  const Outcome out = from_dmz(Ip4{.src = kDmz, .dst = kFar} / Udp{});
  EXPECT_EQ(out.what, "forwarded");
  EXPECT_EQ(out.view().src, kWanAddress);
  const Outcome back = from_dmz(Ip4{.src = kDmz, .dst = kInside} / Udp{});
  EXPECT_EQ(back.what, "forwarded") << "its own default route, out of the device that it came in by";
  EXPECT_EQ(back.view().src, kDmz);
}

TEST_P(Vrfs, ForwardsLeadIntoTheirVrf) {
  office(
      R"({ "to": "10.77.0.0/16", "via": "172.20.1.2" })",
      std::string(kForwards) +
          R"(, { "name": "far", "listen": "203.0.113.1", "ports": 81, "to": "10.77.0.9", "vrf": "office" })");
  const Outcome in = from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Tcp{.sport = 4000, .dport = 80});
  ASSERT_EQ(in.what, "forwarded");
  EXPECT_EQ(in.view().dst, kDmz);
  EXPECT_EQ(from_wan(Ip6{.src = kFar6, .dst = kWanAddress6} / Tcp{.dport = 80}).what, "forwarded");
  const Outcome answer =
      from_dmz(Ip4{.src = kDmz, .dst = kFar} / Tcp{.sport = 8080, .dport = 4000, .flags = kSyn | kAck});
  EXPECT_EQ(answer.what, "forwarded") << "the flow knows the way back, which the VRF's routes do not";
  EXPECT_EQ(answer.view().src, kWanAddress);
  const Outcome far = from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Tcp{.sport = 4000, .dport = 81});
  ASSERT_EQ(far.what, "forwarded");
  EXPECT_EQ(far.view().dst, kBehindDmz);
}

TEST_P(Vrfs, AForwardOfTheMainOneLeadsNowhereElse) {
  office("", R"({ "name": "web", "listen": "203.0.113.1", "ports": 80, "to": "172.20.1.2:8080" })");
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Tcp{.dport = 80}).what, "answered: NO_ROUTE");
}

TEST_P(Vrfs, ItsOwnForwardIsReachedThroughTheMainOne) {
  office(kThroughMain, kForwards);
  const Outcome hairpin = from_dmz(Ip4{.src = kDmz, .dst = kWanAddress} / Udp{.sport = 5000, .dport = 80});
  ASSERT_EQ(hairpin.what, "forwarded");
  EXPECT_EQ(hairpin.view().src, kWanAddress) << "the server answers to the gateway";
  EXPECT_EQ(hairpin.view().dst, kDmz);
  const Outcome answer = from_dmz(Ip4{.src = kDmz, .dst = kWanAddress} / Udp{.sport = 8080, .dport = 5000});
  EXPECT_EQ(answer.what, "forwarded");
  EXPECT_EQ(answer.view().dst, kDmz);
}

TEST_P(Vrfs, SourcesMustBeBehindTheInterfaceInItsVrf) {
  office(kThroughMain);
  EXPECT_EQ(from_dmz(Ip4{.src = kInside, .dst = kFar} / Udp{}).what, "dropped: SPOOFED");
  EXPECT_EQ(from_dmz(Ip4{.src = kDmzAddress, .dst = kFar} / Udp{}).what, "dropped: OWN_SOURCE");
  EXPECT_EQ(from_dmz(Ip4{.src = kFar, .dst = kOutside} / Udp{}).what, "dropped: SPOOFED");
  EXPECT_EQ(from_lan(Ip4{.src = kDmz, .dst = kFar} / Udp{}).what, "dropped: SPOOFED");
}

TEST_P(Vrfs, PacketsForTheHostCarryItsNumber) {
  office(R"({ "to": "10.77.0.0/16", "via": "172.20.1.2" })");
  const Outcome own =
      from_dmz(Ip6{.src = kDmz6, .dst = kDmzAddress6, .ttl = 255} / Icmp{.type = 135} / Bytes(16));
  EXPECT_EQ(own.what, "to host");
  EXPECT_EQ(own.mark, SL_VRF_MARK(1100));
}

TEST_P(Vrfs, ErrorsBelongToTheFlowOfTheirVrf) {
  office(kThroughMain);
  const Layers query = Ip4{.src = kDmz, .dst = kFar} / Udp{.sport = 1111, .dport = 33434};
  const Outcome out = from_dmz(query);
  ASSERT_EQ(out.what, "forwarded");
  EXPECT_EQ(from_dmz(Ip4{.src = kDmz, .dst = kFar, .ttl = 1} / Udp{.sport = 1112, .dport = 33434}).what,
            "answered: TTL");
}

TEST_P(Vrfs, FlowsEndWithTheirVrf) {
  office(kThroughMain);
  const Layers packet = Ip4{.src = kDmz, .dst = kFar} / Udp{.sport = 1111, .dport = 53};
  ASSERT_EQ(from_dmz(packet).what, "forwarded");
  lab.apply(office_document(""));
  EXPECT_EQ(from_dmz(packet).what, "answered: NO_ROUTE");
}

}   // namespace
}   // namespace sluice::test
