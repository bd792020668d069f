// SPDX-License-Identifier: GPL-2.0-or-later
// What would become of a packet: a table of packets, and what is told of each.
#include "explain_fixture.hpp"

namespace sluice::test {
namespace {

constexpr std::string_view kHouse = R"({
  "version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24", "2001:db8:f::1/64"]},
    "lan": {"zone": "lan", "addresses": ["192.168.10.1/24", "2001:db8:10::1/64"]},
    "dmz": {"zone": "dmz", "addresses": ["172.20.1.1/24"], "anti_spoofing": "loose"},
    "lab": {"zone": "lab", "addresses": ["172.20.2.1/24"], "bogons": "drop", "anti_spoofing": "off"}
  },
  "zones": {"dmz": {"isolated": true}, "internet": {"uplink": true}},
  "sets": {"admins": ["198.51.100.8/30"]},
  "policies": [
    {"name": "no-telnet", "from": "lan", "to": "internet", "protocol": "tcp", "ports": 23,
     "action": "reject"},
    {"name": "out", "from": ["lan", "dmz"], "to": "internet", "action": "accept"},
    {"name": "mail-in", "from": "internet", "to": "lan", "destination": "192.168.10.5", "protocol": "tcp",
     "ports": 25, "action": "accept"},
    {"name": "web6", "from": "internet", "to": "lan", "destination": "2001:db8:10::2", "protocol": "tcp",
     "ports": "8000-8080", "action": "accept"},
    {"name": "ping", "from": "internet", "to": "host", "protocol": "icmp", "action": "accept"}
  ],
  "nat": {
    "masquerade": [
      {"name": "people", "from": "lan", "to": "internet", "except": "198.51.100.64/28"},
      {"name": "servers", "from": "dmz", "to": "internet",
       "addresses": ["203.0.113.8-203.0.113.9", "203.0.113.20"]}
    ],
    "static": [{"name": "mail", "outside": "203.0.113.5", "inside": "192.168.10.5"},
               {"name": "six", "outside": "2001:db8:77::/48", "inside": "fd00:1:2::/48",
                "checksum_neutral": true}],
    "forwards": [
      {"name": "web", "listen": "203.0.113.1", "protocol": "tcp", "ports": 80, "to": "192.168.10.2:8080"},
      {"name": "range", "listen": "203.0.113.1", "protocol": "udp", "ports": "30000-30010",
       "to": "192.168.10.2"},
      {"name": "shifted", "listen": "203.0.113.1", "protocol": "udp", "ports": "31000-31003",
       "to": "192.168.10.2:9000"},
      {"name": "private", "listen": "203.0.113.1", "protocol": "tcp", "ports": 2222, "to": "192.168.10.2:22",
       "source": "admins"}
    ]
  },
  "limits": [{"name": "calm", "rate": "100pps", "from": "lan", "protocol": "udp"},
             {"name": "webs", "rate": "10mbit", "forward": "web"}]
})";

struct Packet {
  const char *sentence, *in, *protocol, *source, *destination, *outcome, *policy, *nat, *leaves;
};

constexpr const char *kInside = "192.168.10.2:1000", *kWorld = "198.51.100.7:5000";

// clang-format off
const Packet kPackets[] = {
    {"MasqueradedByTheWayOut", "lan", "tcp", kInside, "198.51.100.7:443", "forwarded", "out", "people",
     "203.0.113.1:? > 198.51.100.7:443 by wan"},
    {"DestinationThatIsExcepted", "lan", "tcp", kInside, "198.51.100.70:443", "forwarded", "out", "",
     "192.168.10.2:1000 > 198.51.100.70:443 by wan"},
    {"FirstPolicyRejects", "lan", "tcp", kInside, "198.51.100.7:23", "reject", "no-telnet", "", nullptr},
    {"OtherProtocolOnThatPort", "lan", "udp", kInside, "198.51.100.7:23", "forwarded", "out", "people", nullptr},
    {"OfTheOtherFamilyIsNotMasqueraded", "lan", "tcp", "[2001:db8:10::2]:1000", "[2001:db8:fa::7]:443",
     "forwarded", "out", "", "2001:db8:10::2:1000 > [2001:db8:fa::7]:443 by wan"},
    {"EchoRequest", "lan", "icmp", "192.168.10.2", "198.51.100.7", "forwarded", "out", "people",
     "203.0.113.1:? > 198.51.100.7 by wan"},
    {"NoPolicySpeaksOfIt", "lan", "tcp", kInside, "172.20.1.9:80", "policy", "", "", nullptr},
    {"NeighboursOfOneZone", "lan", "tcp", kInside, "192.168.10.5:80", "forwarded", "", "",
     "192.168.10.2:1000 > 192.168.10.5:80 by lan"},
    {"NeighboursOfAnIsolatedZone", "dmz", "tcp", "172.20.1.8:1000", "172.20.1.9:80", "policy", "", "", nullptr},
    {"PoolOfSeveralRanges", "dmz", "tcp", "172.20.1.8:1000", "198.51.100.7:80", "forwarded", "out", "servers",
     "?:? > 198.51.100.7:80 by wan"},
    {"Forward", "wan", "tcp", kWorld, "203.0.113.1:80", "forwarded", "web", "web",
     "198.51.100.7:5000 > 192.168.10.2:8080 by lan"},
    {"NoForwardOfThatProtocol", "wan", "udp", kWorld, "203.0.113.1:80", "policy", "", "", nullptr},
    {"FirstPortOfARange", "wan", "udp", kWorld, "203.0.113.1:30000", "forwarded", "range", "range",
     "198.51.100.7:5000 > 192.168.10.2:30000 by lan"},
    {"LastPortOfARange", "wan", "udp", kWorld, "203.0.113.1:30010", "forwarded", "range", "range",
     "198.51.100.7:5000 > 192.168.10.2:30010 by lan"},
    {"PastARange", "wan", "udp", kWorld, "203.0.113.1:30011", "policy", "", "", nullptr},
    {"ShiftedRange", "wan", "udp", kWorld, "203.0.113.1:31002", "forwarded", "shifted", "shifted",
     "198.51.100.7:5000 > 192.168.10.2:9002 by lan"},
    {"SourceOfTheForwardsSet", "wan", "tcp", "198.51.100.9:5000", "203.0.113.1:2222", "forwarded", "private",
     "private", "198.51.100.9:5000 > 192.168.10.2:22 by lan"},
    {"SourceOutsideTheForwardsSet", "wan", "tcp", kWorld, "203.0.113.1:2222", "forward-source", "", "", nullptr},
    {"StaticWithAPolicy", "wan", "tcp", kWorld, "203.0.113.5:25", "forwarded", "mail-in", "mail",
     "198.51.100.7:5000 > 192.168.10.5:25 by lan"},
    {"StaticAdmitsNobodyByItself", "wan", "tcp", kWorld, "203.0.113.5:26", "policy", "", "mail", nullptr},
    {"StaticOnTheWayOut", "lan", "tcp", "192.168.10.5:1000", "198.51.100.7:443", "forwarded", "out", "mail",
     "203.0.113.5:1000 > 198.51.100.7:443 by wan"},
    {"HiddenAddressAskedForDirectly", "wan", "tcp", kWorld, "192.168.10.5:25", "inside-address", "", "", nullptr},
    {"InsideAddressOfTheGateway", "wan", "tcp", kWorld, "192.168.10.1:22", "inside-address", "", "", nullptr},
    {"Hairpin", "lan", "tcp", "192.168.10.3:1000", "203.0.113.1:80", "forwarded", "web", "people",
     "203.0.113.1:? > 192.168.10.2:8080 by lan"},
    {"PingToTheGateway", "wan", "icmp", "198.51.100.7", "203.0.113.1", "to host", "ping", "", nullptr},
    {"NoPolicyToTheGateway", "wan", "tcp", kWorld, "203.0.113.1:22", "policy", "", "", nullptr},
    {"LastPortOfAPolicysRange", "wan", "tcp", "[2001:db8:fa::7]:5", "[2001:db8:10::2]:8080", "forwarded", "web6",
     "", "2001:db8:fa::7:5 > [2001:db8:10::2]:8080 by lan"},
    {"PastAPolicysRange", "wan", "tcp", "[2001:db8:fa::7]:5", "[2001:db8:10::2]:8081", "policy", "", "", nullptr},
    {"ChecksumNeutralPrefix", "wan", "tcp", "[2001:db8:fa::7]:5", "[2001:db8:77:1::2]:80", "policy", "", "six",
     nullptr},
    {"OwnSource", "lan", "tcp", "192.168.10.1:1000", "198.51.100.7:443", "own-source", "", "", nullptr},
    {"ForgedSource", "lan", "tcp", "172.20.1.9:1000", "198.51.100.7:443", "spoofed", "", "", nullptr},
    {"LooseSourceOfAnUplink", "dmz", "tcp", "198.51.100.9:1000", "198.51.100.7:443", "forwarded", "out",
     "servers", nullptr},
    {"LooseSourceOfAnotherInside", "dmz", "tcp", "192.168.10.9:1000", "198.51.100.7:443", "spoofed", "", "", nullptr},
    {"BetweenHostsOfAnUplink", "wan", "tcp", "198.51.100.9:1000", "203.0.113.77:80", "policy", "", "", nullptr},
    {"Bogon", "lab", "tcp", "10.9.9.9:1000", "198.51.100.7:443", "bogon", "", "", nullptr},
    {"AnySource", "lab", "tcp", "8.8.8.8:1000", "198.51.100.7:443", "policy", "", "", nullptr},
    {"SourceThatNobodyHas", "lan", "tcp", "127.0.0.1:1000", "198.51.100.7:443", "bad-address", "", "", nullptr},
    {"DestinationThatNobodyHas", "lan", "tcp", kInside, "240.0.0.1:443", "bad-address", "", "", nullptr},
    {"ToManyWithoutAPolicy", "lan", "udp", kInside, "224.0.0.251:5353", "policy", "", "", nullptr},
    {"AddressOfTheLinkAlone", "lan", "tcp", "[fe80::2]:5", "[2001:db8:fa::7]:443", "bad-address", "", "", nullptr},
    {"AnswerToTheGatewaysDhcp", "wan", "udp", "203.0.113.9:67", "203.0.113.1:68", "to host", "", "", nullptr},
    {"AnswerOfDhcpFromInside", "lan", "udp", "192.168.10.9:67", "192.168.10.1:68", "policy", "", "", nullptr},
};
// clang-format on

class House : public ExplainedGateway {
 protected:
  House() : ExplainedGateway(kHouse) {
    const IpAddress router = *IpAddress::parse("203.0.113.254");
    routes.lay(0, "198.51.100.0/24", index("wan"), router);
    routes.lay(0, "2001:db8:fa::/48", index("wan"));
    routes.lay(0, "fd00:1:2::/48", index("lan"));
  }
};

class Explained : public House, public testing::WithParamInterface<Packet> {};

TEST_P(Explained, AsThePacketPathWouldJudge) {
  const Packet& packet = GetParam();
  const Explanation told = ask(packet.in, packet.protocol, packet.source, packet.destination);
  EXPECT_EQ(outcome(told), packet.outcome);
  EXPECT_EQ(told.policy, packet.policy);
  EXPECT_EQ(told.nat, packet.nat);
  if (packet.leaves) {
    EXPECT_EQ(leaves_as(told), packet.leaves);
  }
  EXPECT_EQ(told.stages.front().name, "interface");
  EXPECT_EQ(told.stages.back().name, "verdict");
}

INSTANTIATE_TEST_SUITE_P(Packets, Explained, testing::ValuesIn(kPackets),
                         [](const auto& info) { return std::string(info.param.sentence); });

std::vector<std::string> stages_of(const Explanation& told) {
  std::vector<std::string> names;
  for (const Stage& stage : told.stages) names.push_back(stage.name);
  return names;
}

TEST_F(House, StagesComeInTheirOrder) {
  const Explanation told = ask("lan", "udp", kInside, "198.51.100.7:443");
  EXPECT_EQ(stages_of(told),
            (std::vector<std::string>{"interface", "addresses", "flow", "source", "destination", "route",
                                      "policy", "translation", "limit", "verdict"}));
  EXPECT_EQ(told.stages[5].finding, "out of wan to 203.0.113.254 in VRF main, zone internet, MTU 1500");
}

TEST_F(House, TheLastStageIsTheOneThatDrops) {
  EXPECT_EQ(stages_of(ask("lan", "tcp", "192.168.10.1:1", "198.51.100.7:443")),
            (std::vector<std::string>{"interface", "addresses", "flow", "source", "verdict"}));
}

TEST_F(House, NoRoute) { EXPECT_EQ(outcome(ask("lan", "tcp", kInside, "8.8.8.8:443")), "no-route"); }

TEST_F(House, ARouteOutOfTheDocumentIsNone) {
  routes.lay(0, "100.64.0.0/10", 99);
  EXPECT_EQ(outcome(ask("lan", "tcp", kInside, "100.64.0.1:443")), "no-zone");
}

TEST_F(House, ADeviceThatIsGoneHasNoRules) {
  seen.links.erase("lan");
  EXPECT_EQ(outcome(ask("lan", "tcp", kInside, "198.51.100.7:443")), "not-ready");
}

TEST_F(House, LimitsThatItMeets) {
  EXPECT_EQ(ask("lan", "udp", kInside, "198.51.100.7:443").limits, std::vector<std::string>{"calm"});
  EXPECT_EQ(ask("wan", "tcp", kWorld, "203.0.113.1:80").limits, std::vector<std::string>{"webs"});
  EXPECT_TRUE(ask("lan", "tcp", kInside, "198.51.100.7:443").limits.empty());
}

FlowState flow(const House&, uint32_t policy, uint32_t nat) {
  FlowState flow{.protocol = 6, .phase = FlowPhase::kEstablished};
  flow.original = {*IpAddress::parse("192.168.10.2"), *IpAddress::parse("198.51.100.7"), 1000, 443};
  flow.reply = {*IpAddress::parse("198.51.100.7"), *IpAddress::parse("203.0.113.1"), 443, 6000};
  flow.zone_in = 2;
  flow.zone_out = 1;
  flow.policy = policy;
  flow.nat = nat;
  return flow;
}

TEST_F(House, AFlowThatIsThereGoesOnInBothDirections) {
  flows = {flow(*this, number("out"), number("people"))};
  const Explanation there = ask("lan", "tcp", kInside, "198.51.100.7:443");
  EXPECT_TRUE(there.is_known_flow);
  EXPECT_EQ(there.new_source_port, 6000);
  EXPECT_EQ(there.policy, "out");
  const Explanation back = ask("wan", "tcp", "198.51.100.7:443", "203.0.113.1:6000");
  EXPECT_EQ(outcome(back), "forwarded");
  EXPECT_EQ(to_string(back.new_destination), kInside);
}

TEST_F(House, AFlowThatIsThereFromAnotherZone) {
  flows = {flow(*this, number("out"), number("people"))};
  EXPECT_EQ(outcome(ask("dmz", "tcp", kInside, "198.51.100.7:443")), "wrong-zone");
}

// The client's last connection, by a forward that listened elsewhere.
TEST_F(House, AFlowWithTheSameAnswersIsInTheWayUntilItIsClosed) {
  FlowState last = flow(*this, 0, 0);
  last.original = {*IpAddress::parse("198.51.100.7"), *IpAddress::parse("203.0.113.8"), 5000, 443};
  last.reply = {*IpAddress::parse("192.168.10.2"), *IpAddress::parse("198.51.100.7"), 8080, 5000};
  for (const auto& [phase, becomes] : {std::pair{FlowPhase::kHalfOpen, "flow-conflict"},
                                       {FlowPhase::kEstablished, "flow-conflict"},
                                       {FlowPhase::kClosing, "forwarded"}}) {
    last.phase = phase;
    flows = {last};
    EXPECT_EQ(outcome(ask("wan", "tcp", kWorld, "203.0.113.1:80")), becomes);
  }
  keeps_ports = false;
  last.phase = FlowPhase::kEstablished;
  flows = {last};
  const Explanation told = ask("wan", "tcp", kWorld, "203.0.113.1:80");
  EXPECT_EQ(outcome(told), "forwarded");
  EXPECT_FALSE(told.new_source_port) << "netfilter chooses another one";
}

TEST_F(House, AMappingFixesThePortAndKeepsStrangersOut) {
  mappings = {{.protocol = 17,
               .inside = *IpAddress::parse("192.168.10.2"),
               .outside = *IpAddress::parse("203.0.113.1"),
               .inside_port = 1000,
               .outside_port = 6000,
               .masquerade = number("people")}};
  EXPECT_EQ(leaves_as(ask("lan", "udp", kInside, "198.51.100.7:53")),
            "203.0.113.1:6000 > 198.51.100.7:53 by wan");
  EXPECT_EQ(outcome(ask("wan", "udp", "198.51.100.9:53", "203.0.113.1:6000")), "filtered");
}

TEST_F(House, AWayInIsRefusedInOneSentence) {
  const std::pair<QuestionText, const char*> kWrong[] = {
      {{"lam", "tcp", kInside, kWorld}, "the document has no interface \"lam\"; did you mean lan?"},
      {{"lan", "tpc", kInside, kWorld},
       "\"tpc\" is no protocol; tcp, udp, icmp, icmpv6, sctp, gre, esp, udplite or a number up to 255"},
      {{"lan", "tcp", "192.168.10.2", kWorld},
       "the source \"192.168.10.2\" is no ADDRESS:PORT, which tcp needs; [ADDRESS]:PORT for IPv6"},
      {{"lan", "tcp", kInside, "1.2.3.4:0"}, "the destination \"1.2.3.4:0\" has port 0, which nobody has"},
      {{"lan", "icmp", kInside, "1.2.3.4"}, "the source \"192.168.10.2:1000\" has a port, and icmp has none"},
      {{"lan", "gre", "x", "1.2.3.4"}, "the source \"x\" is no address"},
      {{"lan", "tcp", kInside, "[2001:db8::1]:80"},
       "the source is ipv4 and the destination ipv6; a packet has one family"},
      {{"lan", "icmp", "2001:db8::1", "2001:db8::2"}, "the addresses are ipv6, whose echo is icmpv6"},
  };
  for (const auto& [text, sentence] : kWrong) {
    const auto question = parse_question(text, document);
    ASSERT_FALSE(question) << sentence;
    EXPECT_EQ(question.error().message, sentence);
    EXPECT_EQ(question.error().kind, ErrorKind::kUsage);
  }
}

}   // namespace
}   // namespace sluice::test
