// SPDX-License-Identifier: GPL-2.0-or-later
// Two ways out, and flows that rules have left behind.
#include <gmock/gmock.h>
#include <linux/netfilter/nf_conntrack_common.h>

#include "doctor/default_ways.hpp"
#include "doctor/leftovers.hpp"

namespace sluice {
namespace {

using testing::HasSubstr;

struct TwoProviders : testing::Test {
  TwoProviders() {
    document.interfaces = {{.name = "wan", .zone = "internet"},
                           {.name = "lte", .zone = "mobile"},
                           {.name = "lan", .zone = "lan"}};
    uint32_t index = 10;
    for (const Interface& interface : document.interfaces) observed.links[interface.name].index = index++;
    observed.default_ways = {10, 11};
  }
  Document document;
  Observed observed;
};

TEST_F(TwoProviders, StrictOnesDropWhatIsAnsweredElsewhere) {
  const auto row = judge_default_ways(document, observed);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->state, ProbeState::kWarning);
  EXPECT_EQ(row->finding, "default routes lead by wan (internet) and lte (mobile)");
  EXPECT_THAT(row->reason, HasSubstr("strict: wan, lte"));
}

TEST_F(TwoProviders, LooseOnesAreRight) {
  for (Interface& interface : document.interfaces) interface.anti_spoofing = AntiSpoofing::kLoose;
  EXPECT_EQ(judge_default_ways(document, observed)->state, ProbeState::kGood);
}

TEST_F(TwoProviders, OneZoneOrOneWayIsNoMatter) {
  document.interfaces[1].zone = "internet";
  EXPECT_FALSE(judge_default_ways(document, observed));
  document.interfaces[1].zone = "mobile";
  observed.default_ways = {10};
  EXPECT_FALSE(judge_default_ways(document, observed));
  observed.default_ways = {10, 11};
  document.interfaces[1].vrf = "tenant";
  EXPECT_FALSE(judge_default_ways(document, observed)) << "it has routes of its own";
}

ConntrackEntry tracked(uint32_t status, uint32_t mark) {
  ConntrackEntry entry;
  entry.original = {*IpAddress::parse("192.168.10.2"), *IpAddress::parse("198.51.100.7"), 4000, 53};
  entry.reply = {*IpAddress::parse("198.51.100.7"), *IpAddress::parse("203.0.113.1"), 53, 4000};
  entry.status = status;
  entry.mark = mark;
  return entry;
}

TEST(Leftovers, AreTranslatedAndNotOurs) {
  EXPECT_TRUE(is_leftover(tracked(IPS_SRC_NAT, 0)));
  EXPECT_FALSE(is_leftover(tracked(IPS_SRC_NAT, 7)));
  EXPECT_FALSE(is_leftover(tracked(0, 0)));
  ConntrackEntry plain = tracked(IPS_SRC_NAT, 0);
  plain.reply = plain.original.turned();
  EXPECT_FALSE(is_leftover(plain)) << "the kernel sets the bit for what it looked at too";
}

TEST(Leftovers, OfRulesThatAreThereAreNone) {
  const Leftovers found{.count = 3, .example = "udp a > b"};
  EXPECT_FALSE(judge_leftovers(found, true));
  EXPECT_FALSE(judge_leftovers({}, false));
  EXPECT_EQ(judge_leftovers(found, false)->finding,
            "3 flows are translated by rules that are gone, such as udp a > b");
  EXPECT_TRUE(translates({{"ip nat", "table ip nat { oifname \"eth0\" masquerade }"}}));
  EXPECT_FALSE(translates({{"ip filter", "table ip filter { tcp dport 22 accept }"}}));
}

}   // namespace
}   // namespace sluice
