// SPDX-License-Identifier: GPL-2.0-or-later
// What a node of a cluster tells the routers around it, and how that changes while sessions last.
#include <gmock/gmock.h>

#include "frr/cluster_bgp_config.hpp"
#include "frr/cluster_router.hpp"
#include "frr/config_changes.hpp"
#include "frr/router_protocol.hpp"
#include "model/implied_policies.hpp"
#include "network_fixture.hpp"
#include "plan_fixture.hpp"

namespace sluice {
namespace {

using test::ip;
using test::net;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr std::string_view kRouted = R"({
  "version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/32", "2001:db8:1::1/128"]},
    "lan": {"zone": "lan", "addresses": ["10.1.9.9/32"]},
    "sync0": {"zone": "nodes"}
  },
  "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet", "addresses": ["198.51.100.5-198.51.100.8"]}],
          "forwards": [{"name": "web", "listen": "198.51.100.77", "protocol": "tcp", "ports": [80], "to": "10.1.0.5:80"}]},
  "cluster": {"name": "edge", "node": "gw1", "store": {"etcd": ["https://etcd1.example.org:2379"]},
    "addresses": {"by": "bgp", "asn": 65001, "neighbors": [
      {"address": "192.0.2.1", "asn": 65000}, {"address": "192.0.2.5", "asn": 65000},
      {"address": "2001:db8:2::1", "asn": 65000}, {"address": "10.1.0.1", "asn": 65010, "announce": ["0.0.0.0/0"]}]},
    "sync": {"interface": "sync0", "key_file": "sync.key"},
    "nodes": {"gw1": {"interfaces": {"wan": {"addresses": ["192.0.2.2/30", "2001:db8:2::2/64"]}, "lan": {"addresses": ["10.1.0.2/24"]},
                                     "sync0": {"addresses": ["10.9.0.1/24"]}}},
              "gw2": {"interfaces": {"wan": {"addresses": ["192.0.2.6/30"]}, "sync0": {"addresses": ["10.9.0.2/24"]}}}}}
})";

Router router(uint32_t metric = 83) { return *cluster_router_of(test::parsed(std::string(kRouted)), metric); }

std::vector<Prefix> told(const std::string& neighbour) {
  const Router made = router();
  return std::ranges::find(made.neighbours, neighbour, &RouterNeighbour::endpoint)->told;
}

TEST(RouterOfCluster, SpeaksWithThoseThatAreOnAWireWithThisNode) {
  std::vector<std::string> neighbours;
  for (const RouterNeighbour& one : router().neighbours) neighbours.push_back(one.endpoint);
  EXPECT_THAT(neighbours, ElementsAre("192.0.2.1", "2001:db8:2::1", "10.1.0.1"));
  EXPECT_THAT(listening_addresses(router()),
              UnorderedElementsAre(ip("192.0.2.2"), ip("2001:db8:2::2"), ip("10.1.0.2")));
}

TEST(RouterOfCluster, TellsAllOfNatAndEachOfItsZone) {
  EXPECT_THAT(told("192.0.2.1"),
              UnorderedElementsAre(net("198.51.100.5/32"), net("198.51.100.6/31"), net("198.51.100.8/32"),
                                   net("198.51.100.77/32"), net("203.0.113.1/32")));
  EXPECT_THAT(told("10.1.0.1"),
              UnorderedElementsAre(net("0.0.0.0/0"), net("198.51.100.5/32"), net("198.51.100.6/31"),
                                   net("198.51.100.8/32"), net("198.51.100.77/32"), net("10.1.9.9/32")));
  EXPECT_THAT(told("2001:db8:2::1"), ElementsAre(net("2001:db8:1::1/128")));
}

TEST(RouterOfCluster, NobodyIsToldWhereNoRouterIsNamed) {
  EXPECT_FALSE(cluster_router_of(test::parsed(R"({"version": 1, "interfaces": {}})"), 83));
}

TEST(RouterOfCluster, ARangeIsTheFewestPrefixesThatAreIt) {
  const auto split = [](const char* text) { return prefixes_of(*AddressRange::parse(text)); };
  EXPECT_THAT(split("10.0.0.1-10.0.0.1"), ElementsAre(net("10.0.0.1/32")));
  EXPECT_THAT(split("10.0.0.0-10.0.0.255"), ElementsAre(net("10.0.0.0/24")));
  EXPECT_THAT(split("10.0.0.1-10.0.0.6"),
              ElementsAre(net("10.0.0.1/32"), net("10.0.0.2/31"), net("10.0.0.4/31"), net("10.0.0.6/32")));
  EXPECT_THAT(split("255.255.255.254-255.255.255.255"), ElementsAre(net("255.255.255.254/31")));
  EXPECT_THAT(split("2001:db8::-2001:db8::1:0:0:0"),
              ElementsAre(net("2001:db8::/80"), net("2001:db8::1:0:0:0/128")));
}

// Between sections a change would need another process.
TEST(ClusterBgpConfig, AnotherMetricIsAnotherMapAtEachSessionAndNothingElse) {
  const auto changes = config_changes(router_config(router(83)), router_config(router(kMetricOfStandby)));
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->commands, Contains("neighbor 192.0.2.1 route-map metric-200 out"));
  EXPECT_THAT(changes->commands, Contains("neighbor 2001:db8:2::1 route-map metric-200 out"));
  EXPECT_THAT(changes->commands, Each(Not(HasSubstr("no neighbor"))))
      << "a moment without a map tells metric 0";
  EXPECT_THAT(changes->afterwards, IsEmpty());
}

TEST(ClusterBgpConfig, WhatIsToldBesidesIsSentAgain) {
  Router before = router(), after = router();
  after.announced.push_back(net("198.51.100.99/32"));
  after.neighbours.front().told.push_back(net("198.51.100.99/32"));
  const auto changes = config_changes(router_config(before), router_config(after));
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->commands, Contains("ip prefix-list to-192.0.2.1 permit 198.51.100.99/32"));
  EXPECT_THAT(changes->commands, Contains("network 198.51.100.99/32"));
  EXPECT_THAT(changes->afterwards, ElementsAre("clear bgp ipv4 unicast 192.0.2.1 soft out"));
}

TEST(ClusterBgpConfig, NothingIsTakenFromRouters) {
  const std::string text = cluster_bgp_config(router());
  EXPECT_THAT(text, HasSubstr("ip prefix-list nothing seq 1 deny 0.0.0.0/0 le 32\n"));
  EXPECT_THAT(text, HasSubstr("  neighbor 192.0.2.1 prefix-list nothing in\n"));
  EXPECT_THAT(text, HasSubstr("  neighbor 2001:db8:2::1 prefix-list nothing in\n"));
}

// A list of FRR's without a line lets everything pass.
TEST(ClusterBgpConfig, ARouterThatIsToldNothingHasAFilterAllTheSame) {
  Router made = router();
  made.neighbours.front().told.clear();
  EXPECT_THAT(cluster_bgp_config(made),
              HasSubstr("ip prefix-list to-192.0.2.1 seq 1 deny 255.255.255.255/32\n"));
}

TEST(ClusterBgp, OneRouterAndOneAddressAreLetIn) {
  const Document document = test::parsed(std::string(kRouted));
  std::vector<std::string> names;
  for (const Policy& policy : implied_policies(document))
    if (policy.name.starts_with("cluster bgp")) names.push_back(policy.name);
  EXPECT_THAT(names, UnorderedElementsAre("cluster bgp 192.0.2.1", "cluster bgp 192.0.2.1 out",
                                          "cluster bgp 2001:db8:2::1", "cluster bgp 2001:db8:2::1 out",
                                          "cluster bgp 10.1.0.1", "cluster bgp 10.1.0.1 out"));
}

TEST(NodePart, PartsOfARangeTouchNowhere) {
  const PortRange all{1024, 65535};
  EXPECT_EQ(part_of(all, {}), all);
  EXPECT_EQ(part_of(all, {0, 0}), all) << "as a row without a cluster says it";
  PortRange last{0, 1023};
  for (uint8_t number = 0; number < 3; ++number) {
    const PortRange part = part_of(all, {number, 3});
    EXPECT_EQ(part.first, last.last + 1);
    EXPECT_EQ(part.size(), all.size() / 3);
    last = part;
  }
  EXPECT_EQ(part_of(PortRange{7, 8}, {2, 3}), (PortRange{7, 8})) << "fewer than nodes";
}

TEST(NodePart, ListedNodesHaveOneEach) {
  Cluster cluster = *test::parsed(std::string(kRouted)).cluster;
  EXPECT_EQ(part_of(cluster), (NodePart{0, 2}));
  cluster.node = "gw2";
  EXPECT_EQ(part_of(cluster), (NodePart{1, 2}));
  cluster.node = "gw3";
  EXPECT_EQ(part_of(cluster), NodePart{});
  cluster.node = "gw2";
  cluster.addresses.reset();
  EXPECT_EQ(part_of(cluster), NodePart{}) << "each has addresses of its own";
}

TEST(RouterOfCluster, OfNodesThatAllCarryThoseThatAreThereAreTheBestWays) {
  const auto facts_of = [](size_t heard, size_t hindered = 0, bool is_hindered = false) {
    ClusterFacts facts;
    facts.heard = heard;
    facts.carriers = heard - hindered;
    facts.is_hindered = is_hindered;
    return facts;
  };
  const auto metric = [&](auto... facts) { return metric_of_carrier(facts_of(facts...), 3); };
  EXPECT_EQ(metric(3), kMostMetric);
  EXPECT_EQ(metric(2), kMostMetric - 1) << "better than what the third one said last";
  EXPECT_EQ(metric(4), kMostMetric) << "a node that the document does not list any more";
  EXPECT_EQ(metric(0), kMetricOfStandby) << "it does not know the flows yet";
  EXPECT_EQ(metric(3, 1, true), kMetricOfStandby);
  EXPECT_EQ(metric(3, 1), kMostMetric - 1) << "better than what a router still believes of the hindered one";
  EXPECT_EQ(metric(3, 2), kMostMetric - 2) << "the others are hindered, not gone";
  EXPECT_EQ(metric(1), kMetricOfStandby) << "it is the one that is cut off";
  EXPECT_EQ(metric_of_carrier(facts_of(1), 2), kMostMetric - 1) << "of two nobody can tell";
  EXPECT_EQ(metric_of_carrier(facts_of(600), 1000), kLeastMetric);
}

TEST(RouterOfCluster, TellsOfAddressesThatAllNodesHave) {
  std::string text(kRouted);
  text.replace(text.find("\"node\": \"gw1\""), 13, "\"role\": \"active-active\", \"node\": \"gw1\"");
  const auto document = test::parsed(text);
  EXPECT_EQ(cluster_router_of(document, 100)->announced, router(100).announced);
  std::map<std::string, bool> shared, moves;
  for (const Interface& one : document.interfaces) {
    shared[one.name] = one.shared;
    moves[one.name] = one.moves;
  }
  EXPECT_EQ(shared, (std::map<std::string, bool>{{"wan", true}, {"lan", true}, {"sync0", false}}));
  EXPECT_TRUE(moves["sync0"] && !moves["wan"] && !moves["lan"]);
}

TEST(NumberOfInterface, IsTheSameWhateverDevicesAreCalled) {
  std::string text(kRouted);
  text.replace(text.find("\"node\": \"gw1\""), 13, "\"role\": \"active-active\", \"node\": \"gw1\"");
  const auto there = test::parsed(text);
  EXPECT_EQ(number_of_interface(there, "lan"), 1);
  EXPECT_EQ(number_of_interface(there, "wan"), 3);
  EXPECT_EQ(number_of_interface(there, "eth9"), 0);
  Document here = there;
  here.cluster->nodes["gw1"]["wan"].device = "a0";
  for (Interface& one : here.interfaces)
    if (one.name == "wan") one.name = "a0";
  EXPECT_EQ(number_of_interface(here, "a0"), 3);
  EXPECT_EQ(hash_of_numbers(here), hash_of_numbers(there));
  Document more = there;
  more.interfaces.push_back(more.interfaces.back());
  more.interfaces.back().name = "guest";
  EXPECT_NE(hash_of_numbers(more), hash_of_numbers(there)) << "where numbers stand for others";
  here.cluster->all_carry = false;
  EXPECT_EQ(number_of_interface(here, "a0"), 0);
}

}   // namespace
}   // namespace sluice
