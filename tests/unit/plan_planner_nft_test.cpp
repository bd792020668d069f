// SPDX-License-Identifier: GPL-2.0-or-later
// The order of steps with the nftables engine, and of a switch between the engines.
#include <algorithm>

#include "../support/parsed.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

using test::Texts;
constexpr const char* kPutTable = "put the rules in force in table inet sluice";
constexpr const char* kPutRules = "put the rules in force:";

// The steps as sentences, asked where one stands.
struct Steps {
  Texts list;

  bool have(std::string_view start) const { return first(start) != list.size(); }
  size_t first(std::string_view start) const {
    const auto at =
        std::find_if(list.begin(), list.end(), [&](const std::string& s) { return s.starts_with(start); });
    return static_cast<size_t>(at - list.begin());
  }
  size_t last(std::string_view start) const {
    const auto at =
        std::find_if(list.rbegin(), list.rend(), [&](const std::string& s) { return s.starts_with(start); });
    return at == list.rend() ? list.size() : static_cast<size_t>(list.rend() - at) - 1;
  }
  size_t place(std::string_view start) const {
    EXPECT_TRUE(have(start)) << start;
    return first(start);
  }
};

Plan planned(EngineChoice engine, const Observed& seen, std::string_view text = kHome) {
  auto plan = make_plan(carried_by(engine, text), seen);
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().message);
  return plan ? *plan : Plan{};
}

Steps steps_of(EngineChoice engine, const Observed& seen, std::string_view text = kHome) {
  return {sentences_of(planned(engine, seen, text))};
}

Observed carrying(EngineChoice engine) {
  Observed seen = fresh_machine();
  carry_out(seen, planned(engine, seen));
  return seen;
}

using enum EngineChoice;

TEST(PlannerNft, RulesAreThereBeforeTheKernelForwards) {
  const Steps steps = steps_of(kNftables, fresh_machine());
  EXPECT_LT(steps.last("set net/netfilter/nf_conntrack_"), steps.place(kPutTable));
  EXPECT_LT(steps.place(kPutTable), steps.place("set net/ipv4/conf/lan/forwarding from 0 to 1"));
  EXPECT_LT(steps.place(kPutTable), steps.place("set net/ipv6/conf/all/forwarding from 0 to 1"));
  EXPECT_LT(steps.last("add address"), steps.place("set net/ipv4/conf/lan/forwarding from 0 to 1"))
      << "an error about an inside host's packet would leave by the default route";
}

TEST(PlannerNft, NeedsNothingOfTheOtherEngine) {
  const Steps steps = steps_of(kNftables, fresh_machine());
  for (const char* step : {"load the BPF", "attach", "detach", "carry", "remove"})
    EXPECT_FALSE(steps.have(step)) << step;
}

TEST(PlannerNft, SecondPlanIsEmpty) {
  Observed seen = carrying(kNftables);
  EXPECT_EQ(steps_of(kNftables, seen).list, Texts{});
  restart(seen);
  EXPECT_EQ(steps_of(kNftables, seen).list, Texts{}) << "after a restart of the daemon";
}

TEST(PlannerNft, TableThatSomebodyChangedIsPutAgain) {
  Observed seen = carrying(kNftables);
  seen.nft.digest.clear();
  EXPECT_EQ(steps_of(kNftables, seen).place(kPutTable), 0u);
  carry_out(seen, planned(kNftables, seen));
  EXPECT_EQ(seen.nft.generation, 2) << "flows are judged again";
}

TEST(PlannerNft, TableThatIsGoneIsPutAgain) {
  Observed seen = carrying(kNftables);
  seen.nft = {};
  EXPECT_EQ(steps_of(kNftables, seen).list.size(), 1u);
  EXPECT_TRUE(steps_of(kNftables, seen).have(kPutTable));
}

TEST(PlannerNft, ForwardingThatSomebodySwitchedOffIsOnAgain) {
  Observed seen = carrying(kNftables);
  seen.sysctls["net/ipv4/conf/wan/forwarding"] = "0";
  EXPECT_EQ(steps_of(kNftables, seen).list, Texts{"set net/ipv4/conf/wan/forwarding from 0 to 1"});
}

TEST(PlannerNft, OnlyManagedDevicesForwardIpv4) {
  Observed seen = fresh_machine();
  add_link(seen, "docker0", 9, "bridge");
  EXPECT_FALSE(steps_of(kNftables, seen).have("set net/ipv4/conf/docker0"));
  EXPECT_FALSE(steps_of(kNftables, seen).have("set net/ipv4/conf/all/forwarding"));
}

// In IPv6 "all" decides, and writing it makes every device a router.
TEST(PlannerNft, OtherDevicesStayHostsInIpv6) {
  Observed seen = fresh_machine();
  add_link(seen, "mgmt0", 9);
  const Steps steps = steps_of(kNftables, seen);
  EXPECT_LT(steps.place("set net/ipv6/conf/all/forwarding from 0 to 1"),
            steps.place("set net/ipv6/conf/mgmt0/forwarding from 1 to 0"));
  EXPECT_FALSE(steps.have("set net/ipv6/conf/mgmt0/accept_ra"));
  carry_out(seen, planned(kNftables, seen));
  EXPECT_EQ(steps_of(kNftables, seen).list, Texts{});
}

TEST(PlannerNft, DeviceThatTakesRouterAdvertisementsGoesOnWithIt) {
  const Steps steps = steps_of(kNftables, fresh_machine());
  EXPECT_LT(steps.place("set net/ipv6/conf/wan/accept_ra from 1 to 2"),
            steps.place("set net/ipv6/conf/all/forwarding"));
}

// It has the value of "default", which sluice wrote with "all".
TEST(PlannerNft, UplinkThatComesLaterTakesRouterAdvertisementsToo) {
  Observed seen = fresh_machine();
  seen.links.erase("wan");
  for (const char* setting : {"forwarding", "accept_ra"})
    seen.sysctls.erase(std::string("net/ipv6/conf/wan/") + setting);
  carry_out(seen, planned(kNftables, seen));
  add_link(seen, "wan", 2);
  seen.sysctls["net/ipv6/conf/wan/forwarding"] = "1";
  EXPECT_TRUE(steps_of(kNftables, seen).have("set net/ipv6/conf/wan/accept_ra from 1 to 2"));
}

TEST(PlannerNft, TimeoutsOfTheDocumentAreThoseOfConnectionTracking) {
  const Steps steps =
      steps_of(kNftables, fresh_machine(),
               R"({"version": 1, "timeouts": {"udp": "7m", "tcp_established": "3h", "icmp": "9s"}})");
  for (const char* setting : {"udp_timeout_stream from 1 to 420", "tcp_timeout_established from 1 to 10800",
                              "icmp_timeout from 1 to 9", "icmpv6_timeout from 1 to 9"})
    EXPECT_TRUE(steps.have(std::string("set net/netfilter/nf_conntrack_") + setting)) << setting;
}

TEST(PlannerNft, SettingThatTheKernelDoesNotHaveIsLeftAlone) {
  Observed seen = fresh_machine();
  seen.sysctls.erase("net/netfilter/nf_conntrack_icmpv6_timeout");
  EXPECT_FALSE(steps_of(kNftables, seen).have("set net/netfilter/nf_conntrack_icmpv6_timeout"));
}

TEST(PlannerSwitch, ToNftablesTheRulesAreThereBeforeAnythingOfEbpfGoes) {
  const Steps steps = steps_of(kNftables, carrying(kEbpf));
  EXPECT_LT(steps.place(kPutTable), steps.place("detach from"));
  EXPECT_LT(steps.place(kPutTable), steps.place("carry the flows over from ebpf to nftables"));
  EXPECT_LT(steps.place("carry the flows over"), steps.place("set net/ipv4/conf/wan/forwarding from 0 to 1"));
  EXPECT_LT(steps.last("set net/ipv4/conf/"), steps.place("detach from"));
}

TEST(PlannerSwitch, ToNftablesTheGuardsGoFirst) {
  const Steps steps = steps_of(kNftables, carrying(kEbpf));
  EXPECT_LT(steps.place("detach from lan at tc egress"), steps.place("detach from lan at tc ingress"));
  EXPECT_LT(steps.place("detach from wan at tc egress"), steps.place("detach from lan at tc ingress"));
  EXPECT_LT(steps.last("detach from"), steps.place("carry the flows that came meanwhile"));
  EXPECT_LT(steps.place("carry the flows that came meanwhile"),
            steps.place("remove the BPF programs and maps"));
  EXPECT_EQ(steps.place("remove the BPF programs and maps"), steps.list.size() - 1);
}

TEST(PlannerSwitch, ToEbpfTheWaysInComeBeforeTheGuards) {
  const Steps steps = steps_of(kEbpf, carrying(kNftables));
  EXPECT_LT(steps.place("load the BPF programs"), steps.place(kPutRules));
  EXPECT_LT(steps.place(kPutRules), steps.place("carry the flows over from nftables to ebpf"));
  EXPECT_LT(steps.place("carry the flows over"), steps.place("attach to wan at tc ingress"));
  EXPECT_LT(steps.place("attach to lan at tc ingress"), steps.place("attach to wan at tc egress"));
  EXPECT_LT(steps.place("attach to wan at tc ingress"), steps.place("attach to lan at tc egress"));
}

// A flow whose way back cannot be told would end at its next packet.
TEST(PlannerSwitch, ToEbpfRoutesCanBeAskedForBeforeItCarries) {
  const Steps steps = steps_of(kEbpf, carrying(kNftables));
  EXPECT_LT(steps.place("set net/ipv4/conf/lo/forwarding from 0 to 1"), steps.place("carry the flows over"));
}

TEST(PlannerSwitch, ToEbpfForwardingAndTheTableGoLast) {
  const Steps steps = steps_of(kEbpf, carrying(kNftables));
  EXPECT_LT(steps.last("attach to"), steps.place("carry the flows that came meanwhile"));
  EXPECT_LT(steps.place("carry the flows that came meanwhile"),
            steps.place("set net/ipv4/conf/wan/forwarding"));
  EXPECT_LT(steps.last("attach to"), steps.place("set net/ipv6/conf/all/forwarding from 1 to 0"));
  EXPECT_LT(steps.last("set net/"), steps.place("remove table inet sluice"));
  EXPECT_EQ(steps.place("remove table inet sluice"), steps.list.size() - 1);
}

TEST(PlannerSwitch, AddressesStayWhereTheyAre) {
  for (const auto& [from, to] : {std::pair{kEbpf, kNftables}, std::pair{kNftables, kEbpf}}) {
    const Steps steps = steps_of(to, carrying(from));
    EXPECT_FALSE(steps.have("add address") || steps.have("remove address"));
  }
}

TEST(PlannerSwitch, AfterItNothingIsLeftToDo) {
  for (const auto& [from, to] : {std::pair{kEbpf, kNftables}, std::pair{kNftables, kEbpf}}) {
    Observed seen = carrying(from);
    carry_out(seen, planned(to, seen));
    EXPECT_EQ(steps_of(to, seen).list, Texts{});
    EXPECT_EQ(seen.engine.loaded, to == kEbpf);
    EXPECT_EQ(seen.nft.loaded, to == kNftables);
    EXPECT_EQ(seen.engine.attachments.empty(), to == kNftables);
  }
}

TEST(PlannerSwitch, ObjectsKeepTheirNumbers) {
  Observed seen = carrying(kEbpf);
  const ObjectIds before = *seen.engine.object_ids;
  carry_out(seen, planned(kNftables, seen));
  EXPECT_EQ(*seen.engine.object_ids, before);
}

TEST(PlannerSwitch, PlanSaysWhatIsNotCarried) {
  Observed seen = carrying(kEbpf);
  seen.not_carried = {"2 flows end: their host is of two zones"};
  const Plan plan = planned(kNftables, seen);
  EXPECT_EQ(std::count(plan.notes.begin(), plan.notes.end(), seen.not_carried[0]), 1);
}

TEST(PlannerSwitch, AutoGoesToNftablesWhereEbpfIsRefusedAndSaysWhy) {
  Observed seen = fresh_machine();
  seen.findings.ebpf_refused = "no BPF file system";
  const Plan plan = planned(kAuto, seen);
  EXPECT_EQ(plan.engine, EngineKind::kNftables);
  ASSERT_FALSE(plan.notes.empty());
  EXPECT_NE(plan.notes[0].find("no BPF file system"), std::string::npos);
}

TEST(PlannerNft, HookIsRefusedWithThePlaceAndWhoCan) {
  const auto plan = make_plan(
      carried_by(kNftables, R"({"version": 1, "interfaces": {"wan": {"zone": "w", "hook": "tc"}}})"),
      fresh_machine());
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::kInvalidDocument);
  EXPECT_NE(plan.error().message.find("interfaces.wan.hook: "), std::string::npos) << plan.error().message;
  EXPECT_NE(plan.error().message.find("the ebpf engine can"), std::string::npos) << plan.error().message;
}

}   // namespace
}   // namespace sluice::test
