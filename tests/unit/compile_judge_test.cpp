// SPDX-License-Identifier: GPL-2.0-or-later
// Which flows the rules allow, and whose translation one carries: a table of flows.
#include <netinet/in.h>

#include "compile/common/judge.hpp"
#include "plan/plan_links.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

constexpr std::string_view kHouse = R"({
  "version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24", "2001:db8:f::1/64"]},
    "lan": {"zone": "lan", "addresses": ["192.168.10.1/24", "2001:db8:10::1/64"]},
    "dmz": {"zone": "dmz", "addresses": ["172.20.1.1/24"]}
  },
  "zones": {"dmz": {"isolated": true}},
  "sets": {"admins": ["198.51.100.8/30"]},
  "policies": [
    {"name": "no-telnet", "from": "lan", "to": "internet", "protocol": "tcp", "ports": 23,
     "action": "reject"},
    {"name": "out", "from": ["lan", "dmz"], "to": "internet", "action": "accept"},
    {"name": "mail-in", "from": "internet", "to": "lan", "destination": "192.168.10.5", "protocol": "tcp",
     "ports": 25, "action": "accept"},
    {"name": "net-in", "from": "internet", "to": "lan", "destination": "192.168.10.64/28",
     "action": "accept"},
    {"name": "ping", "from": "internet", "to": "host", "protocol": "icmp", "action": "accept"}
  ],
  "nat": {
    "masquerade": [
      {"name": "people", "from": "lan", "to": "internet", "except": "198.51.100.64/28"},
      {"name": "servers", "from": "dmz", "to": "internet",
       "addresses": ["203.0.113.8-203.0.113.9", "203.0.113.20"]},
      {"name": "guests", "from": "dmz", "to": "lan", "except": "192.168.10.2"}
    ],
    "static": [{"name": "mail", "outside": "203.0.113.5", "inside": "192.168.10.5"},
               {"name": "net", "outside": "203.0.113.64/28", "inside": "192.168.10.64/28"}],
    "forwards": [
      {"name": "web", "listen": "203.0.113.1", "protocol": "tcp", "ports": 80, "to": "192.168.10.2:8080"},
      {"name": "range", "listen": "203.0.113.1", "protocol": "udp", "ports": "30000-30010",
       "to": "192.168.10.2"},
      {"name": "shifted", "listen": "203.0.113.1", "protocol": "udp", "ports": "31000-31003",
       "to": "192.168.10.2:9000"},
      {"name": "private", "listen": "203.0.113.1", "protocol": "tcp", "ports": 2222, "to": "192.168.10.2:22",
       "source": "admins"},
      {"name": "six", "listen": "2001:db8:f::1", "protocol": "tcp", "ports": 80, "to": "[2001:db8:10::2]:8080"}
    ]
  }
})";

struct End {
  const char* address;
  uint16_t port;
};

Endpoint endpoint(const End& end) { return {*IpAddress::parse(end.address), end.port}; }

// From a zone to a zone; what its answers carry is said where it differs from the packets of the way there.
struct Flow {
  const char* sentence;
  uint8_t protocol;
  const char *in, *out;
  End source, destination, answers_from, answers_to;
  bool allowed;
  const char* nat;   // who translates it
};

constexpr End kWorld{"198.51.100.7", 5000}, kAdmin{"198.51.100.9", 5000}, kInside{"192.168.10.2", 1000};
constexpr End kExcept{"198.51.100.70", 443};
constexpr End kWeb{"198.51.100.7", 443}, kTelnet{"198.51.100.7", 23}, kMasked{"203.0.113.1", 6000};
constexpr End kMail{"192.168.10.5", 25}, kMailOut{"192.168.10.5", 1000}, kServer{"172.20.1.10", 1000};
constexpr End kWorld6{"2001:db8:fa::7", 443}, kInside6{"2001:db8:10::2", 1000};

// clang-format off
const Flow kFlows[] = {
    {"MasqueradedByTheWayOut", 6, "lan", "internet", kInside, kWeb, kWeb, kMasked, true, "people"},
    {"NotTranslatedThoughItMustBe", 6, "lan", "internet", kInside, kWeb, kWeb, kInside, false, ""},
    {"MasqueradedByAStrangersAddress", 6, "lan", "internet", kInside, kWeb, kWeb, {"203.0.113.77", 1},
     false, "people"},
    {"DestinationThatIsExcepted", 6, "lan", "internet", kInside, kExcept, kExcept, kInside, true, ""},
    {"ExceptedAndTranslatedAllTheSame", 6, "lan", "internet", kInside, kExcept, kExcept, kMasked, false, ""},
    {"HiddenFromWhomItDoesNotHideAnswersTo", 6, "internet", "lan", kExcept, kMail, kMail, kExcept, false, ""},
    {"FirstPolicyRefuses", 6, "lan", "internet", kInside, kTelnet, kTelnet, kMasked, false, "people"},
    {"OtherProtocolOnThatPort", 17, "lan", "internet", kInside, kTelnet, kTelnet, kMasked, true, "people"},
    {"OtherFamilyIsNotMasqueraded", 6, "lan", "internet", kInside6, kWorld6, kWorld6, kInside6, true, ""},
    {"WentElsewhereThanThePolicySays", 6, "lan", "dmz", kInside, kWeb, kWeb, kInside, false, ""},
    {"NeighboursOfOneZone", 6, "lan", "lan", kInside, kMail, kMail, kInside, true, ""},
    {"NeighboursOfAnIsolatedZone", 6, "dmz", "dmz", kServer, {"172.20.1.11", 80}, {"172.20.1.11", 80},
     kServer, false, ""},
    {"PoolsFirstRange", 6, "dmz", "internet", kServer, kWeb, kWeb, {"203.0.113.9", 1000}, true, "servers"},
    {"PoolsSecondRange", 6, "dmz", "internet", kServer, kWeb, kWeb, {"203.0.113.20", 1000}, true,
     "servers"},
    {"BetweenThePoolsRanges", 6, "dmz", "internet", kServer, kWeb, kWeb, {"203.0.113.10", 1000}, false,
     "servers"},
    {"PoolButTheInterfacesOwn", 6, "dmz", "internet", kServer, kWeb, kWeb, kMasked, false, "servers"},
    {"Forward", 6, "internet", "lan", kWorld, {"203.0.113.1", 80}, {"192.168.10.2", 8080}, kWorld, true,
     "web"},
    {"ForwardThatLedElsewhere", 6, "internet", "lan", kWorld, {"203.0.113.1", 80}, {"192.168.10.3", 8080},
     kWorld, false, "web"},
    {"ForwardToAnotherPort", 6, "internet", "lan", kWorld, {"203.0.113.1", 80}, {"192.168.10.2", 80},
     kWorld, false, "web"},
    {"NoForwardOfThatProtocol", 17, "internet", "lan", kWorld, {"203.0.113.1", 80}, {"192.168.10.2", 8080},
     kWorld, false, ""},
    {"FirstPortOfARange", 17, "internet", "lan", kWorld, {"203.0.113.1", 30000}, {"192.168.10.2", 30000},
     kWorld, true, "range"},
    {"LastPortOfARange", 17, "internet", "lan", kWorld, {"203.0.113.1", 30010}, {"192.168.10.2", 30010},
     kWorld, true, "range"},
    {"PastARange", 17, "internet", "lan", kWorld, {"203.0.113.1", 30011}, {"192.168.10.2", 30011}, kWorld,
     false, ""},
    {"ShiftedRange", 17, "internet", "lan", kWorld, {"203.0.113.1", 31002}, {"192.168.10.2", 9002}, kWorld,
     true, "shifted"},
    {"ShiftedByOneMore", 17, "internet", "lan", kWorld, {"203.0.113.1", 31002}, {"192.168.10.2", 9003},
     kWorld, false, "shifted"},
    {"ExceptedBehindAForward", 6, "dmz", "lan", kServer, {"203.0.113.1", 80}, {"192.168.10.2", 8080}, kServer, true,
     "web"},
    {"ExceptedBehindAForwardAndTranslated", 6, "dmz", "lan", kServer, {"203.0.113.1", 80}, {"192.168.10.2", 8080},
     {"192.168.10.1", 1000}, false, "web"},
    {"HairpinThatNoRuleTranslates", 6, "lan", "lan", kInside6, {"2001:db8:f::1", 80}, {"2001:db8:10::2", 8080},
     {"2001:db8:f::1", 1000}, true, "six"},
    {"HairpinByAStrangersAddress", 6, "lan", "lan", kInside6, {"2001:db8:f::1", 80}, {"2001:db8:10::2", 8080},
     {"2001:db8:f::77", 1000}, false, "six"},
    {"SourceOfTheSet", 6, "internet", "lan", kAdmin, {"203.0.113.1", 2222}, {"192.168.10.2", 22}, kAdmin,
     true, "private"},
    {"SourceOutsideTheSet", 6, "internet", "lan", kWorld, {"203.0.113.1", 2222}, {"192.168.10.2", 22},
     kWorld, false, "private"},
    {"StaticWithAPolicy", 6, "internet", "lan", kWorld, {"203.0.113.5", 25}, kMail, kWorld, true, "mail"},
    {"StaticAdmitsNobodyByItself", 6, "internet", "lan", kWorld, {"203.0.113.5", 26}, {"192.168.10.5", 26},
     kWorld, false, "mail"},
    {"StaticPrefixKeepsTheHost", 6, "internet", "lan", kWorld, {"203.0.113.67", 9}, {"192.168.10.67", 9},
     kWorld, true, "net"},
    {"StaticPrefixToAnotherHost", 6, "internet", "lan", kWorld, {"203.0.113.67", 9}, {"192.168.10.68", 9},
     kWorld, false, "net"},
    {"StaticOnTheWayOut", 6, "lan", "internet", kMailOut, kWeb, kWeb, {"203.0.113.5", 1000}, true, "mail"},
    {"StaticHostThatWasMasqueraded", 6, "lan", "internet", kMailOut, kWeb, kWeb, kMasked, false, "people"},
    {"HiddenAddressAskedForDirectly", 6, "internet", "lan", kWorld, kMail, kMail, kWorld, false, ""},
    {"Hairpin", 6, "lan", "lan", {"192.168.10.3", 1000}, {"203.0.113.1", 80}, {"192.168.10.2", 8080},
     kMasked, true, "people"},
    {"HairpinWithTheInsideSource", 6, "lan", "lan", {"192.168.10.3", 1000}, {"203.0.113.1", 80},
     {"192.168.10.2", 8080},
     {"192.168.10.3", 1000}, false, "web"},
    {"PingToTheGateway", 1, "internet", "host", {"198.51.100.7", 77}, {"203.0.113.1", 0},
     {"203.0.113.1", 0},
     {"198.51.100.7", 77}, true, ""},
    {"NoPolicyToTheGateway", 6, "internet", "host", kWorld, {"203.0.113.1", 22}, {"203.0.113.1", 22},
     kWorld, false, ""},
    {"GatewaysOwn", 6, "host", "internet", {"203.0.113.1", 1000}, kWeb, kWeb, {"203.0.113.1", 1000}, true,
     ""},
    {"GatewaysOwnThatWasTranslated", 6, "host", "internet", {"203.0.113.1", 1000}, kWeb, kWeb,
     {"203.0.113.20", 1000},
     false, ""},
};
// clang-format on

class Judged : public testing::TestWithParam<Flow> {
 protected:
  Document document = parsed(kHouse);
  Observed seen = machine_for(document);
  NumberedRules rules = compile();
  Judge judge{document, rules};

  NumberedRules compile() {
    Plan plan;
    return compile_rules(document, seen, plan_links(document, seen, EngineKind::kNftables, plan));
  }
  uint16_t zone(std::string_view name) const {
    return static_cast<uint16_t>(std::find(rules.zones.begin(), rules.zones.end(), name) -
                                 rules.zones.begin());
  }
  FlowEnds ends(const Flow& flow) const {
    FlowEnds e{.packet = {.protocol = flow.protocol,
                          .source = endpoint(flow.source),
                          .destination = endpoint(flow.destination),
                          .zone_in = zone(flow.in)},
               .answers_from = endpoint(flow.answers_from),
               .answers_to = endpoint(flow.answers_to),
               .zone_out = zone(flow.out)};
    for (const auto& [index, row] : rules.interfaces)
      if (e.zone_out && row.zone == e.zone_out) e.ifindex_out = index;
    return e;
  }
  std::string name_of(uint32_t object) const {
    for (const ObjectRow& row : rules.objects)
      if (row.number == object) return row.name;
    return "";
  }
};

// Red and blue are both 10.0.0.0/24; red reaches the main VRF, whose address their forwards listen at.
constexpr std::string_view kTenants = R"({
  "version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]},
    "red": {"zone": "red", "vrf": "red-net", "addresses": ["10.0.0.1/24"]},
    "blue": {"zone": "blue", "vrf": "blue-net", "addresses": ["10.0.0.1/24"]}
  },
  "vrfs": {"red-net": {"table": 7, "routes": [{"to": "0.0.0.0/0", "through": "main"}]}, "blue-net": {"table": 8}},
  "policies": [{"name": "out", "from": "red", "to": "internet", "action": "accept"}],
  "nat": {
    "masquerade": [{"name": "m", "from": "red", "to": "internet"}],
    "static": [{"name": "mail", "outside": "203.0.113.5", "inside": "10.0.0.9", "vrf": "blue-net"}],
    "forwards": [
      {"name": "red", "listen": "203.0.113.1", "ports": 80, "to": "10.0.0.5:8080", "vrf": "red-net"},
      {"name": "blue", "listen": "203.0.113.1", "ports": 81, "to": "10.0.0.5:8080", "vrf": "blue-net"},
      {"name": "own", "listen": "blue", "ports": 80, "to": "10.0.0.5:8080", "vrf": "blue-net"}]
  }
})";

class JudgedInVrfs : public testing::Test {
 protected:
  Document document = parsed(kTenants);
  Observed seen = machine_for(document);
  Plan plan;
  NumberedRules rules =
      compile_rules(document, seen, plan_links(document, seen, EngineKind::kNftables, plan));
  Judge judge{document, rules};

  // From the one VRF to the other, each of one zone.
  FlowEnds flow(uint16_t in, uint16_t out, End source, End destination, End answers_from,
                End answers_to) const {
    const auto zone_in = [&](uint16_t vrf) { return static_cast<uint16_t>(vrf == 0 ? 1 : vrf - 5); };
    FlowEnds e{.packet = {.protocol = IPPROTO_TCP,
                          .source = endpoint(source),
                          .destination = endpoint(destination),
                          .zone_in = zone_in(in),
                          .vrf_in = in},
               .answers_from = endpoint(answers_from),
               .answers_to = endpoint(answers_to),
               .zone_out = zone_in(out),
               .vrf_out = out};
    for (const auto& [index, row] : rules.interfaces)
      if (row.zone == e.zone_out) e.ifindex_out = index;
    return e;
  }
};

constexpr End kTenant{"10.0.0.5", 8080}, kListen{"203.0.113.1", 80}, kListenBlue{"203.0.113.1", 81};

TEST_F(JudgedInVrfs, AForwardLeadsIntoItsVrfAndNoOther) {
  EXPECT_TRUE(judge.allows(flow(0, 7, kWorld, kListen, kTenant, kWorld)));
  EXPECT_FALSE(judge.allows(flow(0, 8, kWorld, kListen, kTenant, kWorld)));
  EXPECT_TRUE(judge.allows(flow(0, 8, kWorld, kListenBlue, kTenant, kWorld)));
}

TEST_F(JudgedInVrfs, AForwardListensInItsVrfAndWhereThatIsAskedFor) {
  const End own{"10.0.0.1", 80}, neighbour{"10.0.0.7", 5000};
  EXPECT_TRUE(judge.allows(flow(8, 8, neighbour, own, kTenant, neighbour)));
  EXPECT_FALSE(judge.allows(flow(7, 7, neighbour, own, kTenant, neighbour))) << "it is blue's";
  EXPECT_TRUE(judge.allows(flow(7, 8, neighbour, kListenBlue, kTenant, kMasked))) << "by way of the main VRF";
  EXPECT_FALSE(judge.allows(flow(7, 8, neighbour, kListenBlue, kTenant, neighbour)))
      << "with the inside source";
  EXPECT_FALSE(judge.allows(flow(8, 7, neighbour, kListen, kTenant, neighbour))) << "blue knows no way there";
}

TEST_F(JudgedInVrfs, StaticMappingsAreOfTheHostsOfOneVrf) {
  const End host{"10.0.0.9", 1000}, outside{"203.0.113.5", 1000};
  EXPECT_TRUE(judge.allows(flow(7, 0, host, kWeb, kWeb, kMasked)));
  EXPECT_FALSE(judge.allows(flow(7, 0, host, kWeb, kWeb, outside))) << "that is blue's host";
}

TEST_F(JudgedInVrfs, WhoLookedLikeAnotherMayHaveAnotherPort) {
  EXPECT_TRUE(judge.allows(flow(0, 7, kWorld, kListen, kTenant, {kWorld.address, 1024})));
}

TEST_P(Judged, IsAllowedOrNot) { EXPECT_EQ(judge.allows(ends(GetParam())), GetParam().allowed); }

TEST_P(Judged, KnowsWhoTranslates) { EXPECT_EQ(name_of(judge.nat_of(ends(GetParam()))), GetParam().nat); }

INSTANTIATE_TEST_SUITE_P(Flows, Judged, testing::ValuesIn(kFlows),
                         [](const auto& info) { return std::string(info.param.sentence); });

}   // namespace
}   // namespace sluice::test
