// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

size_t place_of(const std::vector<std::string>& steps, std::string_view start) {
  const auto at =
      std::find_if(steps.begin(), steps.end(), [&](const std::string& s) { return s.starts_with(start); });
  EXPECT_NE(at, steps.end()) << start;
  return static_cast<size_t>(at - steps.begin());
}

TEST(Planner, FirstPlanPutsRulesBeforeProgramsAndProgramsBeforeAddresses) {
  const auto plan = make_plan(parsed(kHome), fresh_machine());
  ASSERT_TRUE(plan);
  const auto steps = sentences_of(*plan);
  EXPECT_LT(place_of(steps, "load the BPF programs"), place_of(steps, "put the rules in force"));
  EXPECT_LT(place_of(steps, "put the rules in force"), place_of(steps, "attach to wan at tc egress"));
  EXPECT_LT(place_of(steps, "attach to wan at tc egress"), place_of(steps, "attach to wan at tc ingress"));
  EXPECT_LT(place_of(steps, "attach to lan at tc ingress"),
            place_of(steps, "add address 203.0.113.1/24 to wan"));
}

TEST(Planner, SecondPlanIsEmpty) {
  Observed seen = fresh_machine();
  const Document document = parsed(kHome);
  carry_out(seen, *make_plan(document, seen));
  const auto again = make_plan(document, seen);
  ASSERT_TRUE(again);
  EXPECT_EQ(sentences_of(*again), std::vector<std::string>{});
}

TEST(Planner, OutsideAddressOfAStaticMappingIsPutOnItsLink) {
  const auto steps = sentences_of(*make_plan(parsed(kHome), fresh_machine()));
  EXPECT_NE(std::find(steps.begin(), steps.end(), "add address 203.0.113.5/32 to wan"), steps.end());
}

TEST(Planner, KernelForwardingThatWasOnIsSwitchedOffEverywhereButOnLo) {
  Observed seen = fresh_machine();
  for (auto& [path, value] : seen.sysctls) value = "1";
  const Document document = parsed(kHome);
  carry_out(seen, *make_plan(document, seen));
  for (const char* device : {"all", "default", "wan", "lan"})
    EXPECT_EQ(seen.sysctls[std::string("net/ipv4/conf/") + device + "/forwarding"], "0") << device;
  EXPECT_EQ(seen.sysctls["net/ipv4/conf/lo/forwarding"], "1");
  EXPECT_EQ(seen.sysctls["net/ipv6/conf/all/forwarding"], "0");
  EXPECT_EQ(seen.sysctls["net/ipv6/conf/lo/forwarding"], "1");
  EXPECT_TRUE(make_plan(document, seen)->empty());
}

constexpr std::string_view kToldByItsLink = R"({"version": 1, "interfaces": {
  "wan": {"zone": "internet"}, "lan": {"zone": "lan", "addresses": ["2001:db8:10::1/64"]}},
  "nat": {"masquerade": [{"name": "hide", "from": "lan", "to": "internet"}]}})";

// As the kernel does it for whoever writes "all": docker, networkd, `sysctl --system`.
void forward_everywhere(Observed& seen) {
  for (auto& [path, value] : seen.sysctls)
    if (path.starts_with("net/ipv6/conf/") && path.ends_with("/forwarding")) value = "1";
}

// A router believes no advertisements.
TEST(Planner, WhoSwitchesForwardingOnMakesNoRouterOfAnUplink) {
  const Document document = parsed(kToldByItsLink);
  Observed seen = fresh_machine();
  carry_out(seen, *make_plan(document, seen));
  for (int times = 0; times < 2; ++times) {
    forward_everywhere(seen);
    add_link(seen, "late" + std::to_string(times), 20 + times);
    seen.sysctls["net/ipv6/conf/late" + std::to_string(times) + "/forwarding"] = "1";
    carry_out(seen, *make_plan(document, seen));
    EXPECT_EQ(seen.sysctls["net/ipv6/conf/all/forwarding"], "0");
    EXPECT_EQ(seen.sysctls["net/ipv6/conf/wan/forwarding"], "0");
    EXPECT_EQ(seen.sysctls["net/ipv6/conf/late" + std::to_string(times) + "/forwarding"], "0");
    EXPECT_EQ(seen.sysctls["net/ipv6/conf/lan/forwarding"], "1");
    EXPECT_TRUE(make_plan(document, seen)->empty());
  }
}

// A document that says nothing of IPv6 makes no router of an interface.
TEST(Planner, OnlyWhatHasAddressesOfIpv6IsARouterThere) {
  Observed seen = fresh_machine();
  const Document document = parsed(kHome);
  carry_out(seen, *make_plan(document, seen));
  EXPECT_EQ(seen.sysctls["net/ipv6/conf/wan/forwarding"], "0");
  EXPECT_EQ(seen.sysctls["net/ipv6/conf/lan/forwarding"], "1");
  EXPECT_TRUE(make_plan(document, seen)->empty());
}

// The kernel forgets what it was told by them when another device becomes a router, unless it is 2.
TEST(Planner, UplinkGoesOnWithAdvertisementsBeforeAnyDeviceIsARouter) {
  Observed seen = fresh_machine();
  const Document document = parsed(kHome);
  const auto steps = sentences_of(*make_plan(document, seen));
  EXPECT_LT(place_of(steps, "set net/ipv6/conf/wan/accept_ra from 1 to 2"),
            place_of(steps, "set net/ipv6/conf/lan/forwarding from 0 to 1"));
  seen.sysctls["net/ipv6/conf/wan/accept_ra"] = "0";   // who wants none goes on to have none
  const auto wanting_none = sentences_of(*make_plan(document, seen));
  EXPECT_TRUE(std::ranges::none_of(
      wanting_none, [](const std::string& s) { return s.starts_with("set net/ipv6/conf/wan/accept_ra"); }));
}

// By itself when its zone becomes one: what sluice wrote inside is given back, and goes on at once.
TEST(Planner, InterfaceThatBecomesAnUplinkTakesAdvertisementsInOnePlan) {
  Observed seen = fresh_machine();
  seen.default_ways.clear();
  const Document document = parsed(kHome);
  carry_out(seen, *make_plan(document, seen));
  ASSERT_EQ(seen.sysctls["net/ipv6/conf/wan/accept_ra"], "0");
  seen.default_ways = {2};
  carry_out(seen, *make_plan(document, seen));
  EXPECT_EQ(seen.sysctls["net/ipv6/conf/wan/accept_ra"], "2");
  EXPECT_TRUE(make_plan(document, seen)->empty());
}

TEST(Planner, WhoWasARouterBeforeStaysOne) {
  const Document document = parsed(kToldByItsLink);
  for (const bool alone : {true, false}) {
    Observed seen = fresh_machine();
    if (alone)
      seen.sysctls["net/ipv6/conf/wan/forwarding"] = "1";
    else
      forward_everywhere(seen);
    carry_out(seen, *make_plan(document, seen));
    EXPECT_EQ(seen.sysctls["net/ipv6/conf/wan/forwarding"], "1");
    EXPECT_TRUE(make_plan(document, seen)->empty());
    forward_everywhere(seen);
    carry_out(seen, *make_plan(document, seen));
    EXPECT_EQ(seen.sysctls["net/ipv6/conf/wan/forwarding"], "1");
    EXPECT_TRUE(make_plan(document, seen)->empty());
  }
}

TEST(Planner, AddressThatLeavesTheDocumentIsRemovedOnlyIfSluicePutIt) {
  Observed seen = fresh_machine();
  const auto foreign = *InterfaceAddress::parse("192.0.2.1/24");
  seen.links["lan"].addresses.push_back({foreign, false});
  carry_out(seen, *make_plan(parsed(kHome), seen));
  const Document without =
      parsed(R"({"version": 1, "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}}})");
  const auto steps = sentences_of(*make_plan(without, seen));
  EXPECT_NE(std::find(steps.begin(), steps.end(), "remove address 192.168.10.1/24 from lan"), steps.end());
  EXPECT_EQ(std::find(steps.begin(), steps.end(), "remove address 192.0.2.1/24 from lan"), steps.end());
}

TEST(Planner, MissingInterfaceDegradesAndTheRestGoesOn) {
  Observed seen = fresh_machine();
  seen.links.erase("lan");
  const auto plan = make_plan(parsed(kHome), seen);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->degraded.size(), 1u);
  EXPECT_NE(plan->degraded[0].find("\"lan\" does not exist"), std::string::npos);
  const auto steps = sentences_of(*plan);
  EXPECT_NE(std::find(steps.begin(), steps.end(), "attach to wan at tc ingress"), steps.end());
}

TEST(Planner, InterfaceThatLeavesTheDocumentIsDetached) {
  Observed seen = fresh_machine();
  carry_out(seen, *make_plan(parsed(kHome), seen));
  const Document only_wan = parsed(
      R"({"version": 1, "interfaces": {"wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]}}})");
  const auto steps = sentences_of(*make_plan(only_wan, seen));
  EXPECT_LT(place_of(steps, "put the rules in force"), place_of(steps, "detach from lan at tc ingress"));
}

// No rule knows that it was the address of a VRF or a network as soon as the rules are exchanged.
TEST(Planner, AddressesOfAnInterfaceThatLeavesTheDocumentGoBeforeTheRules) {
  for (const EngineChoice engine : {EngineChoice::kEbpf, EngineChoice::kNftables}) {
    Observed seen = fresh_machine();
    carry_out(seen, *make_plan(carried_by(engine, kHome), seen));
    const auto steps = sentences_of(*make_plan(
        carried_by(
            engine,
            R"({"version": 1, "interfaces": {"wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]}}})"),
        seen));
    EXPECT_LT(place_of(steps, "remove address 192.168.10.1/24 from lan"), place_of(steps, "put the"));
    EXPECT_EQ(std::ranges::count(steps, "remove address 192.168.10.1/24 from lan"), 1);
  }
}

TEST(Planner, AnAddressThatMovesToAnotherInterfaceIsThereBeforeItGoes) {
  Observed seen = fresh_machine();
  carry_out(seen, *make_plan(parsed(kHome), seen));
  const auto steps = sentences_of(*make_plan(
      parsed(
          R"({"version": 1, "interfaces": {"wan": {"zone": "internet", "addresses": ["192.168.10.1/24"]}}})"),
      seen));
  EXPECT_LT(place_of(steps, "put the rules"), place_of(steps, "add address 192.168.10.1/24 to wan"));
  EXPECT_LT(place_of(steps, "add address 192.168.10.1/24 to wan"),
            place_of(steps, "remove address 192.168.10.1/24 from lan"));
}

TEST(Planner, AutoTakesTcOnVethAndTriesXdpOnHardware) {
  Observed seen = fresh_machine();
  seen.links["wan"].kind = "";
  const auto steps = sentences_of(*make_plan(parsed(kHome), seen));
  EXPECT_NE(std::find(steps.begin(), steps.end(), "attach to wan at XDP"), steps.end());
  EXPECT_EQ(std::find(steps.begin(), steps.end(), "attach to lan at XDP"), steps.end());
}

TEST(Planner, RefusedXdpFallsBackToTcWithTheReason) {
  Observed seen = fresh_machine();
  seen.links["wan"].kind = "";
  seen.engine.xdp_refused["wan"] = "its driver has no native XDP";
  const auto plan = make_plan(parsed(kHome), seen);
  const auto steps = sentences_of(*plan);
  EXPECT_EQ(std::find(steps.begin(), steps.end(), "attach to wan at XDP"), steps.end());
  EXPECT_TRUE(std::any_of(plan->notes.begin(), plan->notes.end(), [](const std::string& note) {
    return note.find("no native XDP") != std::string::npos;
  }));
}

TEST(Planner, OtherProgramsOfAnotherBuildAreReplaced) {
  Observed seen = fresh_machine();
  carry_out(seen, *make_plan(parsed(kHome), seen));
  seen.engine.available_build = "b2";
  const auto steps = sentences_of(*make_plan(parsed(kHome), seen));
  EXPECT_LT(place_of(steps, "load the BPF programs"), place_of(steps, "attach to wan at tc ingress"));
}

}   // namespace
}   // namespace sluice::test
