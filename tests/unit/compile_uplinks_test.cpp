// SPDX-License-Identifier: GPL-2.0-or-later
// Which zones are uplinks, what follows from it for their hosts, and the settings of interfaces.
#include <gtest/gtest.h>

#include <algorithm>

#include "compile/common/uplinks.hpp"
#include "plan/parts.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

using Names = std::set<std::string>;

constexpr std::string_view kByLink = R"({ "version": 1,
    "interfaces": { "wan": { "zone": "internet" }, "lan": { "zone": "lan" } },
    "nat": { "masquerade": [ { "name": "out", "from": "lan", "to": "internet" } ] } })";

std::string saying(std::string_view document, std::string_view zones) {
  std::string text(document);
  return text.insert(text.rfind('}'), std::string(R"(, "zones": )") + std::string(zones));
}

Observed without_route() {
  Observed seen = fresh_machine();
  seen.default_ways.clear();
  return seen;
}

Names uplinks(std::string_view document, const Observed& seen) {
  return uplink_zones(parsed(document), seen);
}

TEST(Uplinks, AreWhereADefaultRoutePoints) {
  EXPECT_EQ(uplinks(kHome, fresh_machine()), Names{"internet"});
  EXPECT_EQ(uplinks(kHome, without_route()), Names{}) << "its addresses are the document's";
  Observed seen = fresh_machine();
  seen.default_ways = {3, 99};
  EXPECT_EQ(uplinks(kHome, seen), Names{"lan"});
}

TEST(Uplinks, BeginBeforeTheirRouteWhereAMasqueradeLeadsAndTheLinkGivesAddresses) {
  EXPECT_EQ(uplinks(kByLink, without_route()), Names{"internet"});
}

TEST(Uplinks, AreWhatTheDocumentSays) {
  EXPECT_EQ(uplinks(saying(kByLink, R"({"internet": {"uplink": false}})"), fresh_machine()), Names{});
  EXPECT_EQ(uplinks(saying(kByLink, R"({"lan": {"uplink": true}})"), without_route()),
            (Names{"internet", "lan"}));
}

TEST(Uplinks, AGatewayThatWouldNeverHearOfOneIsToldSo) {
  constexpr std::string_view kNobody = R"({ "version": 1, "interfaces": { "wan": { "zone": "internet" } } })";
  const auto plan = make_plan(parsed(kNobody), without_route());
  ASSERT_TRUE(plan);
  EXPECT_TRUE(std::ranges::any_of(plan->notes,
                                  [](const auto& note) { return note.starts_with("no zone is an uplink"); }));
  EXPECT_EQ(lack_of_uplinks(parsed(kNobody), fresh_machine()), "");
  EXPECT_EQ(lack_of_uplinks(parsed(kHome), without_route()), "");
}

uint32_t action_within(std::string_view document, const Observed& seen, const std::string& zone) {
  const auto plan = make_plan(parsed(document), seen);
  if (!plan) return 99;
  const auto& zones = plan->rules->zones;
  const auto at = static_cast<size_t>(std::ranges::find(zones, zone) - zones.begin());
  return plan->rules->zone_pairs[at * zones.size() + at].action;
}

TEST(Uplinks, LetTheirHostsTalkOnlyWhereTheDocumentSaysSo) {
  EXPECT_EQ(action_within(kByLink, fresh_machine(), "internet"), uint32_t{SL_DROP});
  EXPECT_EQ(action_within(kByLink, fresh_machine(), "lan"), uint32_t{SL_ACCEPT});
  EXPECT_EQ(action_within(saying(kByLink, R"({"internet": {"hosts_may_talk": true}})"), fresh_machine(),
                          "internet"),
            uint32_t{SL_ACCEPT});
  EXPECT_EQ(action_within(saying(kByLink, R"({"lan": {"hosts_may_talk": false}})"), fresh_machine(), "lan"),
            uint32_t{SL_DROP});
}

// By ifindex.
bool is_outside(std::string_view document, uint32_t device) {
  const auto plan = make_plan(parsed(document), fresh_machine());
  if (!plan) return false;
  for (const auto& [index, row] : plan->rules->interfaces)
    if (index == device) return row.flags & SL_IF_OUTSIDE;
  return false;
}

TEST(Uplinks, AreOutsideAlsoWithoutAMasquerade) {
  constexpr std::string_view kRouted = R"({ "version": 1, "interfaces": {
      "wan": { "zone": "internet", "addresses": ["203.0.113.1/24"] },
      "lan": { "zone": "lan", "addresses": ["192.168.10.1/24"] } } })";
  for (const std::string_view document : {kRouted, kHome}) {
    EXPECT_TRUE(is_outside(document, 2));
    EXPECT_FALSE(is_outside(document, 3));
  }
}

TEST(LinkSettings, RedirectsAreOffWhateverForwardingWrites) {
  Observed seen = fresh_machine();
  for (auto& [path, value] : seen.sysctls) value = "1";
  carry_out(seen, *make_plan(parsed(kHome), seen));
  for (const char* device : {"all", "wan", "lan"})
    for (const char* setting : {"accept_redirects", "send_redirects"})
      EXPECT_EQ(seen.sysctls[setting_path("ipv4", device, setting)], "0") << device << " " << setting;
  EXPECT_EQ(seen.sysctls["net/ipv6/conf/lan/accept_ra"], "0");
  EXPECT_EQ(seen.sysctls["net/ipv6/conf/wan/accept_ra"], "1") << "an uplink keeps what it had";
  EXPECT_EQ(seen.original_sysctls["net/ipv4/conf/all/accept_redirects"], "1");
  EXPECT_TRUE(make_plan(parsed(kHome), seen)->empty());
}

TEST(LinkSettings, AreGivenBackWhereNothingWantsThemAnyMore) {
  Observed seen = fresh_machine();
  carry_out(seen, *make_plan(parsed(kHome), seen));
  ASSERT_EQ(seen.sysctls["net/ipv6/conf/lan/accept_ra"], "0");
  seen.default_ways = {2, 3};
  carry_out(seen, *make_plan(parsed(kHome), seen));
  EXPECT_EQ(seen.sysctls["net/ipv6/conf/lan/accept_ra"], "2") << "an uplink, beside routers";
  EXPECT_EQ(seen.original_sysctls["net/ipv6/conf/lan/accept_ra"], "1");
  EXPECT_TRUE(make_plan(parsed(kHome), seen)->empty());
}

Observed after_apply_of(std::string_view document, Observed seen) {
  carry_out(seen, *make_plan(parsed(document), seen));
  return seen;
}

TEST(LinkSettings, AnswerAndAskByTheAddressesOfTheLink) {
  Observed seen = after_apply_of(kHome, fresh_machine());
  for (const char* device : {"wan", "lan"}) {
    EXPECT_EQ(seen.sysctls[setting_path("ipv4", device, "arp_ignore")], "1");
    EXPECT_EQ(seen.sysctls[setting_path("ipv4", device, "arp_announce")], "2");
  }
  EXPECT_EQ(seen.sysctls[setting_path("ipv4", "lo", "arp_ignore")], "0");
  EXPECT_FALSE(seen.original_sysctls.contains(setting_path("ipv4", "all", "arp_ignore")));
}

TEST(LinkSettings, WhoAnswersLessStillMayDoSo) {
  const std::string path = setting_path("ipv4", "lan", "arp_ignore");
  for (const auto& [found, after] :
       {std::pair{"0", "1"}, std::pair{"2", "2"}, std::pair{"3", "1"}, std::pair{"8", "8"}}) {
    Observed seen = fresh_machine();
    seen.sysctls[path] = found;
    EXPECT_EQ(after_apply_of(kHome, seen).sysctls[path], after);
  }
}

TEST(LinkSettings, TrunksDoNotAnswerForTheirVlans) {
  constexpr std::string_view kVlan = R"({ "version": 1, "interfaces": {
      "wan": { "zone": "internet", "addresses": ["203.0.113.1/24"] },
      "lan.7": { "vlan": { "parent": "lan", "id": 7 }, "zone": "lan", "addresses": ["10.7.0.1/24"] } } })";
  Observed seen = after_apply_of(kVlan, fresh_machine());
  EXPECT_EQ(seen.sysctls[setting_path("ipv4", "lan", "arp_ignore")], "1");
  EXPECT_EQ(seen.sysctls[setting_path("ipv4", "lan", "accept_redirects")], "1") << "it is not the document's";
}

TEST(LinkSettings, WhatSomebodyElseChoseIsLeftAlone) {
  Observed seen = fresh_machine();
  carry_out(seen, *make_plan(parsed(kHome), seen));
  seen.sysctls["net/ipv6/conf/lan/accept_ra"] = "2";
  seen.default_ways = {3};
  carry_out(seen, *make_plan(parsed(kHome), seen));
  EXPECT_EQ(seen.sysctls["net/ipv6/conf/lan/accept_ra"], "2");
}

}   // namespace
}   // namespace sluice::test
