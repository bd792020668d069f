// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "compile/nft/marks.hpp"
#include "plan/parts.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

constexpr std::string_view kOffice = R"({
  "version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]},
    "lan": {"zone": "office", "vrf": "office-net", "addresses": ["10.0.0.1/24"]}
  },
  "vrfs": {
    "office-net": {"table": 1100, "routes": [
      {"to": "10.9.0.0/16", "via": "10.0.0.254"}, {"to": "0.0.0.0/0", "through": "main"},
      {"to": "10.1.0.0/16", "through": "other"}]},
    "other": {"table": 7}
  }
})";

RuleRow first_of_all(Family family) {
  return {.family = family, .table = kTableLocal, .protocol = kRouteProtocolKernel};
}

Observed office_machine() {
  Observed seen = fresh_machine();
  for (const Family family : {Family::kIpv4, Family::kIpv6}) seen.routing.rules.insert(first_of_all(family));
  for (const std::string& path : vrf_sysctl_paths(seen.links)) seen.sysctls[path] = "0";
  return seen;
}

Observed with_vrfs() {
  Observed seen = office_machine();
  carry_out(seen, *make_plan(parsed(kOffice), seen));
  return seen;
}

bool has(const Observed& seen, const RouteRow& row) { return seen.routing.routes.contains(row); }
Prefix network(std::string_view text) { return *Prefix::parse(text); }

TEST(PlanRouting, AVrfHasItsNetworksAndNeverFallsThrough) {
  const Observed seen = with_vrfs();
  EXPECT_TRUE(has(seen, {1100, network("10.0.0.0/24"), RouteKind::kUnicast, 3, std::nullopt}));
  EXPECT_TRUE(has(seen, {1100, network("10.0.0.1/32"), RouteKind::kLocal, 3, std::nullopt}));
  EXPECT_TRUE(has(seen, {1100, network("10.0.0.255/32"), RouteKind::kBroadcast, 3, std::nullopt}));
  EXPECT_TRUE(
      has(seen, {1100, network("10.9.0.0/16"), RouteKind::kUnicast, 3, IpAddress::parse("10.0.0.254")}));
  for (const char* to : {"0.0.0.0/0", "10.1.0.0/16"})
    EXPECT_TRUE(has(seen, {1100, network(to), RouteKind::kThrow, 0, std::nullopt})) << to;
  for (const uint32_t table : {1100u, 7u})
    for (const char* to : {"0.0.0.0/0", "::/0"})
      EXPECT_TRUE(has(seen, {table, network(to), RouteKind::kUnreachable, 0, std::nullopt})) << table << to;
  EXPECT_TRUE(make_plan(parsed(kOffice), seen)->empty());
}

TEST(PlanRouting, TheMainVrfLeavesPrefixesToAnother) {
  Document document = parsed(kOffice);
  document.routes = {{network("10.5.0.0/16"), std::nullopt, "office-net", 1}};
  Observed seen = office_machine();
  carry_out(seen, *make_plan(document, seen));
  EXPECT_TRUE(has(seen, {kTableMain, network("10.5.0.0/16"), RouteKind::kThrow, 0, std::nullopt}));
  const auto leads = std::ranges::find_if(
      seen.routing.rules, [](const RuleRow& row) { return row.to == Prefix::parse("10.5.0.0/16"); });
  ASSERT_NE(leads, seen.routing.rules.end());
  EXPECT_EQ(leads->table, 1100u);
  EXPECT_EQ(leads->mark, SL_VRF_MARK(SL_MAIN_VRF));
  carry_out(seen, *make_plan(parsed(kOffice), seen));
  EXPECT_FALSE(has(seen, {kTableMain, network("10.5.0.0/16"), RouteKind::kThrow, 0, std::nullopt}));
}

TEST(PlanRouting, AddressesOfAVrfHaveNoRouteInTheMainTable) {
  const Observed seen = with_vrfs();
  EXPECT_FALSE(seen.links.at("lan").addresses.front().routed);
  EXPECT_TRUE(seen.links.at("wan").addresses.front().routed);
}

TEST(PlanRouting, AnAddressThatChangesItsVrfIsPutOnAnew) {
  Observed seen = office_machine();
  const Document before =
      parsed(R"({"version": 1, "interfaces": {"lan": {"zone": "office", "addresses": ["10.0.0.1/24"]}}})");
  carry_out(seen, *make_plan(before, seen));
  const auto steps = sentences_of(*make_plan(parsed(kOffice), seen));
  const auto off = std::ranges::find(steps, "remove address 10.0.0.1/24 from lan"),
             on = std::ranges::find(steps, "add address 10.0.0.1/24 to lan");
  ASSERT_NE(on, steps.end());
  EXPECT_LT(off, on);
}

TEST(PlanRouting, TheMachinesOwnAddressesAreAskedBehindTheVrfs) {
  Observed seen = with_vrfs();
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    EXPECT_FALSE(seen.routing.rules.contains(first_of_all(family)));
    const auto last = std::ranges::max(seen.routing.rules, {}, [&](const RuleRow& row) {
      return row.family == family ? row.preference : 0;
    });
    EXPECT_EQ(last.table, kTableLocal);
  }
  carry_out(seen, *make_plan(parsed(kHome), seen));
  EXPECT_EQ(seen.routing.rules,
            (std::set<RuleRow>{first_of_all(Family::kIpv4), first_of_all(Family::kIpv6)}));
  EXPECT_TRUE(seen.routing.routes.empty());
}

TEST(PlanRouting, WhoMovedThatRuleHimselfKeepsItThere) {
  Observed seen = office_machine();
  RuleRow moved = first_of_all(Family::kIpv4);
  moved.preference = 500;
  seen.routing.rules = {moved, first_of_all(Family::kIpv6)};
  carry_out(seen, *make_plan(parsed(kOffice), seen));
  const auto is_last = [](const RuleRow& row) {
    return row.family == Family::kIpv4 && row.table == kTableLocal && row.mark == 0 && !row.to;
  };
  EXPECT_EQ(std::ranges::count_if(seen.routing.rules, is_last), 1);
  EXPECT_TRUE(seen.routing.rules.contains(moved));
  carry_out(seen, *make_plan(parsed(kHome), seen));
  EXPECT_EQ(seen.routing.rules, (std::set<RuleRow>{moved, first_of_all(Family::kIpv6)}));
}

TEST(PlanRouting, ThatRuleIsTheSameWhoeverLaidIt) {
  Observed seen = office_machine();
  RuleRow scripts = first_of_all(Family::kIpv4);
  scripts.protocol = 3;
  seen.routing.rules = {first_of_all(Family::kIpv4), scripts, first_of_all(Family::kIpv6)};
  const auto before = seen.routing.rules;
  carry_out(seen, *make_plan(parsed(kHome), seen));
  EXPECT_EQ(seen.routing.rules, before) << "two are no harm without VRFs";
  carry_out(seen, *make_plan(parsed(kOffice), seen));
  EXPECT_FALSE(seen.routing.rules.contains(first_of_all(Family::kIpv4)));
  EXPECT_FALSE(seen.routing.rules.contains(scripts));
  EXPECT_TRUE(make_plan(parsed(kOffice), seen)->empty());
}

// As behind systemd-networkd, which takes away what it does not know.
TEST(PlanRouting, ThatRuleIsLaidAnewWhereNobodyHasIt) {
  const Observed before = with_vrfs();
  Observed seen = before;
  seen.routing.rules.clear();
  carry_out(seen, *make_plan(parsed(kOffice), seen));
  EXPECT_EQ(seen.routing.rules, before.routing.rules);
  seen.routing.rules.clear();
  carry_out(seen, *make_plan(parsed(kHome), seen));
  EXPECT_TRUE(seen.routing.rules.empty()) << "without VRFs that is nobody's business";
}

// The kernel forwards there; what it sends by itself about such a packet goes back.
TEST(PlanRouting, UnderNftablesPacketsCrossByTheirMarkAndErrorsGoBack) {
  constexpr uint32_t kOut = kIntoMain | 1100, kIn = kOutOfMain | 1100;
  Observed seen = office_machine();
  Document document = parsed(kOffice);
  document.engine = EngineChoice::kNftables;
  carry_out(seen, *make_plan(document, seen));
  for (const Family family : {Family::kIpv4, Family::kIpv6})
    for (const auto& [mark, at, to] : {std::tuple{kOut, 1100u, kTableMain}, {kIn, kTableMain, 1100u}}) {
      EXPECT_TRUE(seen.routing.rules.contains(
          {.family = family, .preference = 6, .table = at, .mark = mark, .in = "lo"}));
      EXPECT_TRUE(
          seen.routing.rules.contains({.family = family, .preference = 7, .table = to, .mark = mark}));
    }
  EXPECT_TRUE(make_plan(document, seen)->empty());
  carry_out(seen, *make_plan(parsed(kOffice), seen));
  EXPECT_TRUE(std::ranges::none_of(seen.routing.rules, [](const RuleRow& row) { return row.mark == kOut; }));
}

TEST(PlanRouting, WithoutVrfsNothingIsLaid) {
  const auto steps = sentences_of(*make_plan(parsed(kHome), office_machine()));
  for (const std::string& step : steps) {
    EXPECT_FALSE(step.starts_with("add rule") || step.starts_with("add route")) << step;
    EXPECT_EQ(step.find("fwmark"), std::string::npos) << step;
  }
}

TEST(PlanRouting, ARouteWithoutItsNeighbourIsSaidToBeMissing) {
  const Document document = parsed(R"({"version": 1,
    "interfaces": {"lan": {"zone": "office", "vrf": "office-net"}},
    "vrfs": {"office-net": {"table": 1100, "routes": [{"to": "10.9.0.0/16", "via": "10.0.0.254"}]}}})");
  const auto plan = make_plan(document, office_machine());
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->degraded,
            std::vector<std::string>{
                "route to 10.9.0.0/16 of VRF \"office-net\": 10.0.0.254 is in none of its networks"});
}

}   // namespace
}   // namespace sluice::test
