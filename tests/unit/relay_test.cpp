// SPDX-License-Identifier: GPL-2.0-or-later
// What clients of a relay are given, what the relay means as rules, and what both sides tell each other.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include "network_fixture.hpp"
#include "relay/allocate_relay.hpp"
#include "relay/expand_relay.hpp"
#include "relay/expand_ways.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kNowOfRelay = 1'800'000'000;

Document relay_of(const std::vector<std::string>& names, PortRange ports = {42000, 42003}) {
  Document document;
  document.interfaces.push_back({.name = "wan", .zone = "internet"});
  document.relay.emplace();
  document.relay->ports = ports;
  uint8_t key = 1;
  for (const std::string& name : names)
    document.relay->clients.push_back({.name = name, .public_key = test::key_of(key++)});
  return document;
}

Allotments give_relay(Document& document, const Allotments& known = {}, int64_t now = kNowOfRelay) {
  const auto given = allocate_relay(document, known, {}, now);
  EXPECT_TRUE(given) << given.error().message;
  return given ? *given : Allotments{};
}

Document whole_relay(const std::vector<std::string>& names) {
  Document document = relay_of(names);
  give_relay(document);
  const WayOut way{.zone = "internet", .device = "wan"};
  EXPECT_THAT(expand_relay(document, test::key_of(9), way), IsEmpty());
  return document;
}

TEST(RelayAllotments, AreTheNextThatAreFree) {
  Document document = relay_of({"alice", "bob"});
  give_relay(document);
  const auto& [alice, bob] = std::tie(document.relay->clients[0], document.relay->clients[1]);
  EXPECT_EQ(alice.port, 42000);
  EXPECT_EQ(alice.address->to_string(), "10.102.0.2");
  EXPECT_EQ(alice.address6->to_string(), "fd00:102::2");
  EXPECT_EQ(bob.port, 42001);
  EXPECT_EQ(bob.address->to_string(), "10.102.0.3");
  EXPECT_EQ(document.relay->device, "wg-relay");
}

TEST(RelayAllotments, AreKeptWhateverComesAndGoes) {
  Document first = relay_of({"alice", "bob"}), second = relay_of({"carol", "bob"});
  Allotments given = give_relay(first);
  given = give_relay(second, given);
  EXPECT_EQ(second.relay->clients[1].port, first.relay->clients[1].port);
  EXPECT_EQ(second.relay->clients[1].address, first.relay->clients[1].address);
  EXPECT_EQ(second.relay->clients[0].port, 42002) << "what Alice had rests";
  Document third = relay_of({"alice"});
  give_relay(third, given);
  EXPECT_EQ(third.relay->clients[0].port, 42000) << "she is back";
}

TEST(RelayAllotments, ThatWereGivenBackAreNotHadAgainWhereTheyAreAnothers) {
  Document first = relay_of({"alice"}), second = relay_of({}), third = relay_of({"alice", "bob"});
  const Allotments given = give_relay(second, give_relay(first));
  third.relay->clients[1].port = 42000;
  give_relay(third, given);
  EXPECT_EQ(third.relay->clients[0].port, 42001);
}

TEST(RelayAllotments, SayWhoHasNoPort) {
  Document document = relay_of({"alice", "bob"}, {42000, 42000});
  const auto refused = allocate_relay(document, {}, {}, kNowOfRelay);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "relay client \"bob\" (line 0): no port is left of 42000");
}

TEST(RelayAllotments, LieApartFromOtherNetworks) {
  Document document = relay_of({"alice"});
  const auto refused =
      allocate_relay(document, {}, {{*Prefix::parse("10.102.3.0/24"), "lan has it"}}, kNowOfRelay);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("subnet 10.102.0.0/16 overlaps 10.102.3.0/24: lan has it"));
  EXPECT_TRUE(allocate_relay(document, {}, {{*Prefix::parse("10.0.0.0/8"), "a route", true}}, kNowOfRelay));
}

TEST(RelayRules, LeadAPortToEachClientAndNothingElse) {
  const Document document = whole_relay({"alice", "bob"});
  ASSERT_EQ(document.forwards.size(), 4u);
  EXPECT_EQ(document.forwards[2].name, "relay:bob");
  EXPECT_EQ(std::get<std::string>(document.forwards[2].listen), "wan");
  EXPECT_THAT(document.forwards[2].ports, ElementsAre(PortRange{42001, 42001}));
  EXPECT_EQ(document.forwards[2].to.to_string(), "10.102.0.3");
  EXPECT_EQ(document.forwards[3].to.to_string(), "fd00:102::3");
  EXPECT_EQ(document.forwards[2].to_port, 51820);
  for (const Policy& policy : document.policies) EXPECT_THAT(policy.to, ElementsAre("host"));
  EXPECT_TRUE(document.zones.back().isolated) << "clients are kept apart";
  EXPECT_THAT(document.masquerades[0].to, ElementsAre(std::string(kRelayZone)));
}

TEST(RelayRules, KnowClientsByTheirOwnAddresses) {
  const Document document = whole_relay({"alice", "bob"});
  const auto& made = std::get<Wireguard>(document.interfaces.back().made);
  EXPECT_EQ(made.tunnel.port, 51830);
  EXPECT_EQ(made.mtu, 1420u);
  ASSERT_EQ(made.tunnel.peers.size(), 2u);
  EXPECT_THAT(made.tunnel.peers.at(test::key_of(1)).allowed,
              ElementsAre(*Prefix::parse("10.102.0.2"), *Prefix::parse("fd00:102::2")));
}

TEST(RelayRules, BoundClientsOfTheSameRateByOneLimit) {
  Document document = relay_of({"alice", "bob", "carol"});
  document.relay->clients[1].rate = 1'000'000;
  give_relay(document);
  expand_relay(document, {}, {.zone = "internet", .device = "wan"});
  ASSERT_EQ(document.limits.size(), 4u);
  EXPECT_EQ(document.limits[0].name, "relay 1mbit to client");
  EXPECT_THAT(document.limits[0].destination.prefixes,
              ElementsAre(*Prefix::parse("10.102.0.3"), *Prefix::parse("fd00:102::3")));
  EXPECT_EQ(document.limits[3].name, "relay 50mbit from client");
  EXPECT_EQ(document.limits[3].direction, LimitDirection::kReply);
}

TEST(RelayRules, OpenThePortOfTlsWhereTheDocumentSaysSo) {
  const auto opened = [](const Document& document) {
    return std::ranges::count(document.policies, std::string("relay over TLS"), &Policy::name);
  };
  Document document = relay_of({"alice"});
  document.relay->tcp = 443;
  give_relay(document);
  expand_relay(document, {}, {.zone = "internet", .device = "wan"});
  ASSERT_EQ(opened(document), 1);
  EXPECT_THAT(document.policies.front().ports, ElementsAre(PortRange{443, 443}));
  EXPECT_THAT(document.policies.front().to, ElementsAre("host"));
  EXPECT_EQ(opened(whole_relay({"alice"})), 0);
}

RelayFile alices_file() {
  RelayFile file;
  file.client = "alice";
  file.public_key = test::key_of(9);
  file.endpoints = {*parse_endpoint("203.0.113.1:51830"), *parse_endpoint("[2001:db8::1]:51830")};
  file.address = IpAddress::parse("10.102.0.2");
  file.relay_address = IpAddress::parse("10.102.0.1");
  file.address6 = IpAddress::parse("fd00:102::2");
  file.relay_address6 = IpAddress::parse("fd00:102::1");
  file.port = 42000;
  file.mtu = 1420;
  return file;
}

TEST(RelayFiles, SayTheSameWhenTheyAreRead) {
  EXPECT_EQ(parse_relay_file(to_text(alices_file())).value(), alices_file());
  EXPECT_EQ(parse_relay_file("// from the relay\n" + to_text(alices_file())).value(), alices_file());
  RelayFile over_tls = alices_file();
  over_tls.tcp = 443;
  EXPECT_EQ(parse_relay_file(to_text(over_tls)).value(), over_tls);
}

TEST(RelayFiles, ThatMakeNoSenseAreRefused) {
  const std::pair<std::string, std::string> kChanges[] = {
      {R"("version": 1)", R"("version": 2)"},
      {R"("port": 42000)", R"("port": 70000)"},
      {R"("mtu": 1420)", R"("mtu": -1)"},
      {R"("relay_address": "10.102.0.1")", R"("relay_address": "10.102.0.2")"},
      {R"("relay_address": "10.102.0.1")", R"("relay_address": "fd00::1")"},
      {R"("address": "10.102.0.2",)", ""},
      {R"("address": "10.102.0.2")", R"("address": "127.0.0.1")"},
      {R"("203.0.113.1:51830")", R"("relay.example.org:51830")"},
      {R"("203.0.113.1:51830")", R"("203.0.113.1")"},
      {R"("client": "alice")", R"("client": 7)"},
      {R"("version": 1)", R"("version": 1, "secret": 1)"},
      {R"("version": 1)", R"("version": 1, "tcp": 0)"},
  };
  for (const auto& [old_text, new_text] : kChanges) {
    std::string text = to_text(alices_file());
    const size_t at = text.find(old_text);
    ASSERT_NE(at, std::string::npos) << old_text;
    const auto read = parse_relay_file(text.replace(at, old_text.size(), new_text));
    ASSERT_FALSE(read) << new_text;
    EXPECT_EQ(read.error().kind, ErrorKind::kInvalidDocument);
  }
  for (const char* text : {"", "[]", "{", "null", "[[[[[[["}) EXPECT_FALSE(parse_relay_file(text)) << text;
  EXPECT_FALSE(parse_relay_file(std::string(kMostRelayFileBytes + 1, ' ')));
}

TEST(RelayWays, AreATunnelWithOneWayIn) {
  Document document;
  document.reachability.emplace();
  document.reachability->relays.push_back({.name = "eu", .config = "eu.conf", .device = "relay-eu"});
  expand_ways(document, {{"eu", alices_file()}}, test::key_of(3), {.mtu = 1492, .has_ipv6 = true});
  const Interface& tunnel = document.interfaces.back();
  EXPECT_EQ(tunnel.name, "relay-eu");
  EXPECT_EQ(tunnel.addresses[0].to_string(), "10.102.0.2/30") << "the shortest that has both ends";
  EXPECT_EQ(tunnel.addresses[1].to_string(), "fd00:102::2/126");
  const auto& made = std::get<Wireguard>(tunnel.made);
  EXPECT_EQ(made.mtu, 1412u);
  const TunnelPeer& peer = made.tunnel.peers.at(test::key_of(9));
  EXPECT_EQ(to_string(*peer.dial), "[2001:db8::1]:51830") << "the machine has IPv6 alone";
  EXPECT_EQ(peer.keepalive.count(), 25);
  EXPECT_THAT(peer.allowed, ElementsAre(*Prefix::parse("10.102.0.1"), *Prefix::parse("fd00:102::1")));
  ASSERT_EQ(document.policies.size(), 1u);
  EXPECT_THAT(document.policies[0].to, ElementsAre("host"));
  EXPECT_THAT(document.policies[0].protocols, ElementsAre(IPPROTO_UDP));
  EXPECT_THAT(document.policies[0].ports, ElementsAre(PortRange{51820, 51820}));
  EXPECT_EQ(to_string(*document.reachability->relays[0].at), "[2001:db8::1]:42000");
}

}   // namespace
}   // namespace sluice
