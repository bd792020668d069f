// SPDX-License-Identifier: GPL-2.0-or-later
// By which addresses nodes of a cluster send each other state, and whom the gateway lets in for it.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include <algorithm>

#include "config/config.hpp"
#include "model/implied_policies.hpp"
#include "plan_fixture.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

// As gw1 has it: what all nodes call sync0 is eth2 there. gw2 has two addresses, one of each family.
Document with_sync(const std::string& sync) {
  return test::parsed(R"({"version": 1,
    "interfaces": {"wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]}, "eth2": {"zone": "nodes"}},
    "cluster": {"name": "edge", "node": "gw1", "store": {"etcd": ["https://etcd1.example.org:2379"]},
      "addresses": {"by": "vrrp", "interface": "wan", "id": 51},
      "nodes": {"gw1": {"interfaces": {"sync0": {"device": "eth2", "addresses": ["10.9.0.1/24"]}}},
                "gw2": {"interfaces": {"sync0": {"addresses": ["fd09::2/64", "10.9.0.2/24"]}}},
                "gw3": {"interfaces": {"sync0": {"addresses": ["10.9.0.3/24"]}}}},
      "sync": {"interface": "eth2", "key_file": "sync.key")" +
                      sync + "}}}");
}

IpAddress address_of_node(const char* text) { return *IpAddress::parse(text); }

TEST(ClusterSync, ItsInterfaceIsCalledAsAtThisNode) {
  const auto own = as_node(R"({"cluster": {"node": "any", "sync": {"interface": "sync0"},
      "nodes": {"gw1": {"interfaces": {"sync0": {"device": "eth2"}}}}}})",
                           "shared.json", "gw1");
  ASSERT_TRUE(own);
  EXPECT_THAT(*own, testing::HasSubstr(R"("sync": {"interface": "eth2"})"));
}

TEST(ClusterSync, ThisNodeIsNoneOfItsPeers) {
  const Document document = with_sync(R"(, "peers": ["10.9.0.1", "10.9.0.2"], "port": 4000)");
  const StateSync& sync = *document.cluster->sync;
  EXPECT_EQ(sync.own, address_of_node("10.9.0.1"));
  EXPECT_THAT(sync.peers, ElementsAre(address_of_node("10.9.0.2")));
  EXPECT_EQ(sync.port, 4000);
  EXPECT_EQ(sync.key_file, "sync.key");
}

TEST(ClusterSync, ItNeedNotBeAmongThem) {
  const Document document = with_sync(R"(, "peers": ["10.9.0.2"])");
  EXPECT_EQ(document.cluster->sync->own, address_of_node("10.9.0.1"));
  EXPECT_THAT(document.cluster->sync->peers, ElementsAre(address_of_node("10.9.0.2")));
}

TEST(ClusterSync, NodesSayWhoThePeersAre) {
  const Document document = with_sync("");
  const StateSync& sync = *document.cluster->sync;
  EXPECT_EQ(sync.own, address_of_node("10.9.0.1"));
  EXPECT_THAT(sync.peers, UnorderedElementsAre(address_of_node("10.9.0.2"), address_of_node("10.9.0.3")));
  EXPECT_EQ(sync.port, kSyncPort);
}

TEST(ClusterSync, ThePortIsOpenToPeersAlone) {
  const Document document = with_sync("");
  const auto at = std::ranges::find(document.policies, "cluster sync", &Policy::name);
  ASSERT_NE(at, document.policies.end());
  EXPECT_THAT(at->from, ElementsAre("nodes"));
  EXPECT_THAT(at->to, ElementsAre("host"));
  EXPECT_THAT(at->source.prefixes, UnorderedElementsAre(Prefix::of_host(address_of_node("10.9.0.2")),
                                                        Prefix::of_host(address_of_node("10.9.0.3"))));
  EXPECT_THAT(at->destination.prefixes, ElementsAre(Prefix::of_host(address_of_node("10.9.0.1"))));
  EXPECT_THAT(at->protocols, ElementsAre(IPPROTO_TCP));
  EXPECT_THAT(at->ports, ElementsAre(PortRange{kSyncPort, kSyncPort}));
  EXPECT_EQ(at->action, Action::kAccept);
}

std::string with_nodes(const std::string& nodes) {
  return R"({"version": 1, "interfaces": {"lan": {"zone": "lan"}, "dmz": {"zone": "dmz"}},
    "cluster": {"name": "edge", "node": "gw1", "store": {"etcd": ["https://etcd1.example.org:2379"]},
      "nodes": )" +
         nodes + "}}";
}

TEST(ClusterNames, AnInterfaceIsADeviceOfItsOwnAtEachNode) {
  for (const char* good :
       {R"({"gw2": {"interfaces": {"lan": "dmz", "dmz": "lan"}}})",
        R"({"gw2": {"interfaces": {"lan": "dmz", "dmz": "br0"}}})",
        R"({"gw1": {"interfaces": {"wan": "lan"}}, "gw2": {"interfaces": {"wan": "ens3"}}})",
        R"({"gw2": {"interfaces": {"lan": "lan"}}})"})
    EXPECT_TRUE(check_document(with_nodes(good), "x")) << good;
  for (const char* bad :
       {R"({"gw2": {"interfaces": {"lan": "dmz"}}})", R"({"gw2": {"interfaces": {"nope": "dmz"}}})",
        R"({"gw1": {"interfaces": {"wan": "lan"}}, "gw2": {"interfaces": {"dmz": "wan"}}})"}) {
    const auto checked = check_document(with_nodes(bad), "x");
    ASSERT_FALSE(checked) << bad;
    EXPECT_THAT(checked.error().front().reason,
                testing::HasSubstr("is another interface of the document at this node"));
  }
}

constexpr const char* kMoves = R"({
  "version": 1,
  "interfaces": {
    "wan": { "zone": "internet", "addresses": ["203.0.113.1/24"] }, // of all
    "lan": { "zone": "lan", "addresses": ["192.168.10.1/24"] },
    "tap": { "zone": "pods", "bridge": { "members": [] }, "addresses": ["10.7.0.1/24"] },
    "sync0": { "zone": "sync" }
  },
  "nat": {
    "forwards": [
      { "name": "web", "listen": "203.0.113.1", "ports": 80, "to": "192.168.10.9" },
      { "name": "own", "listen": "203.0.113.11", "ports": 81, "to": "192.168.10.9" },
      { "name": "device", "listen": "wan", "ports": 82, "to": "192.168.10.9" },
      { "name": "inside", "listen": "10.7.0.1", "ports": 83, "to": "192.168.10.9" }
    ],
    "static": [ { "name": "fixed", "outside": "203.0.113.77", "inside": "192.168.10.77" } ],
    "masquerade": [ { "name": "pool", "from": "lan", "to": "internet", "addresses": "203.0.113.8-203.0.113.9" } ]
  },
  "cluster": { "name": "edge", "node": "gw1", "store": { "etcd": ["https://etcd1.example.org:2379"] },
    "addresses": { "by": "vrrp", "interface": "wan", "id": 51 },
    "nodes": { "gw1": { "interfaces": { "wan": { "addresses": ["203.0.113.11/24"] }, "sync0": { "addresses": ["10.9.0.1/24"] } } } } }
})";

std::vector<std::string> addresses_of(const Document& document, std::string_view name) {
  std::vector<std::string> texts;
  for (const Interface& interface : document.interfaces)
    if (interface.name == name)
      for (const InterfaceAddress& address : interface.addresses) texts.push_back(address.to_string());
  return texts;
}

TEST(ClusterLeave, AddressesAndRulesThatMoveStayWithTheOthers) {
  const auto left = without_cluster(kMoves, "x", test::parsed(kMoves), false);
  ASSERT_TRUE(left);
  EXPECT_THAT(left->left_out,
              ElementsAre("forward \"web\" at 203.0.113.1", "static mapping \"fixed\" at 203.0.113.77",
                          "masquerade \"pool\" at 203.0.113.8-203.0.113.9"));
  const Document document = test::parsed(left->text);
  EXPECT_THAT(addresses_of(document, "wan"), ElementsAre("203.0.113.11/24"));
  EXPECT_THAT(addresses_of(document, "sync0"), ElementsAre("10.9.0.1/24"));
  EXPECT_THAT(addresses_of(document, "tap"), ElementsAre("10.7.0.1/24"));
  EXPECT_TRUE(addresses_of(document, "lan").empty());
  std::vector<std::string> names;
  for (const Forward& forward : document.forwards) names.push_back(forward.name);
  EXPECT_THAT(names, ElementsAre("own", "device", "inside"));
  EXPECT_THAT(left->text, testing::HasSubstr("// of all"));
}

TEST(ClusterLeave, TheLastOneTakesAllAlong) {
  const auto left = without_cluster(kMoves, "x", test::parsed(kMoves), true);
  ASSERT_TRUE(left);
  EXPECT_TRUE(left->left_out.empty());
  const Document document = test::parsed(left->text);
  EXPECT_THAT(addresses_of(document, "wan"), ElementsAre("203.0.113.1/24", "203.0.113.11/24"));
  EXPECT_THAT(addresses_of(document, "lan"), ElementsAre("192.168.10.1/24"));
  EXPECT_THAT(addresses_of(document, "sync0"), ElementsAre("10.9.0.1/24"));
  EXPECT_EQ(document.forwards.size(), 4u);
}

TEST(ClusterSync, WithoutItNothingIsOpen) {
  Document document = with_sync("");
  document.cluster->sync.reset();
  const auto policies = implied_policies(document);
  EXPECT_EQ(std::ranges::count(policies, "cluster sync", &Policy::name), 0);
}

}   // namespace
}   // namespace sluice
