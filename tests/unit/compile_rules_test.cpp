// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>

#include "plan/plan_links.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

NumberedRules compiled(std::string_view text, Observed seen = fresh_machine()) {
  static std::vector<std::unique_ptr<Document>> kept;   // the rules' links point into it only while compiling
  kept.push_back(std::make_unique<Document>(parsed(text)));
  Plan plan;
  return compile_rules(*kept.back(), seen, plan_links(*kept.back(), seen, EngineKind::kEbpf, plan));
}

const sl_zone_pair& pair_of(const NumberedRules& rules, std::string_view from, std::string_view to) {
  const auto number = [&](std::string_view zone) {
    return static_cast<size_t>(std::find(rules.zones.begin(), rules.zones.end(), zone) - rules.zones.begin());
  };
  return rules.zone_pairs.at(number(from) * rules.zones.size() + number(to));
}

TEST(Rules, DefaultsDropBetweenZonesAndAcceptFromTheGateway) {
  const NumberedRules rules = compiled(kHome);
  EXPECT_EQ(pair_of(rules, "internet", "lan").action, SL_DROP);
  EXPECT_EQ(pair_of(rules, "internet", "host").action, SL_DROP);
  EXPECT_EQ(pair_of(rules, "lan", "lan").action, SL_ACCEPT);
  EXPECT_EQ(pair_of(rules, "host", "internet").action, SL_ACCEPT);
}

TEST(Rules, IsolatedZoneDropsInside) {
  const NumberedRules rules = compiled(R"({"version": 1, "interfaces": {"lan": {"zone": "guests"}},
                                       "zones": {"guests": {"isolated": true}}})");
  EXPECT_EQ(pair_of(rules, "guests", "guests").action, SL_DROP);
}

TEST(Rules, MasqueradeGoesOneWayAndOneFamily) {
  const NumberedRules rules = compiled(kHome);
  EXPECT_NE(pair_of(rules, "lan", "internet").masquerade4, 0u);
  EXPECT_EQ(pair_of(rules, "lan", "internet").masquerade6, 0u);
  EXPECT_EQ(pair_of(rules, "internet", "lan").masquerade4, 0u);
}

TEST(Rules, PortRangeOfAForwardBecomesFewRowsThatKeepTheOffset) {
  const NumberedRules rules = compiled(R"({"version": 1,
    "interfaces": {"wan": {"zone": "w", "addresses": ["203.0.113.1/24"]}, "lan": {"zone": "l", "addresses": ["192.168.10.1/24"]}},
    "nat": {"forwards": [{"name": "range", "listen": "203.0.113.1", "ports": "30000-30010", "to": "192.168.10.2:40000"}]}})");
  EXPECT_LE(rules.forwards.size(), 5u);
  for (const auto& [key, row] : rules.forwards) {
    EXPECT_EQ(row.first_port, 30000);
    EXPECT_EQ(row.to_port, 40000);
    EXPECT_GE(ntohs(key.port), 30000);
  }
}

TEST(Rules, NumbersOfObjectsStayWhenTheirNamesStay) {
  Observed seen = fresh_machine();
  seen.engine.object_ids = ids_of(std::vector<ObjectRow>{{77, SL_OBJECT_FORWARD, "web"}});
  const NumberedRules rules = compiled(kHome, seen);
  EXPECT_EQ(rules.forwards.at(0).second.object, 77u);
}

TEST(Rules, AMasqueradeOfBothFamiliesHasOneNumber) {
  const NumberedRules rules =
      compiled(R"({"version": 1, "interfaces": {"wan": {"zone": "w"}, "lan": {"zone": "l"}},
    "nat": {"masquerade": [{"name": "out", "from": "l", "to": "w", "family": "both"}]}})");
  ASSERT_EQ(rules.masquerades.size(), 2u);
  EXPECT_EQ(rules.masquerades[0].object, rules.masquerades[1].object);
  EXPECT_EQ(rules.objects.size(), 1u);
}

TEST(Rules, CountersOfAnInterfaceKeepTheirRow) {
  Observed seen = fresh_machine();
  seen.engine.slots[3] = 9;
  const NumberedRules rules = compiled(kHome, seen);
  for (const auto& [index, row] : rules.interfaces) EXPECT_EQ(row.slot == 9, index == 3);
}

// ::/0 is a prefix of every IPv4-mapped address.
TEST(Rules, AllOfIpv6IsNotIpv4) {
  const NumberedRules rules =
      compiled(R"({"version": 1, "interfaces": {"wan": {"zone": "w"}, "lan": {"zone": "l"}},
    "policies": [{"name": "six", "from": "w", "to": "l", "source": "::/0", "action": "accept"}]})");
  for (const auto& [key, row] : rules.policies->policy_source)
    EXPECT_EQ(row.chunks != 0, key.tag == 6) << key.tag;
}

TEST(Rules, EmptySourceDimensionIsNotLookedUp) {
  const NumberedRules rules = compiled(kHome);
  EXPECT_EQ(rules.header.dimensions & SL_BY_SOURCE, 0u);
}

TEST(Rules, DigestChangesWithAnyRuleAndOnlyThen) {
  const uint64_t digest = digest_of(compiled(kHome));
  EXPECT_EQ(digest, digest_of(compiled(kHome)));
  std::string other(kHome);
  other.replace(other.find("8080"), 4, "8081");
  EXPECT_NE(digest, digest_of(compiled(other)));
}

}   // namespace
}   // namespace sluice::test
