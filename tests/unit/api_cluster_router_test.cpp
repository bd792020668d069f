// SPDX-License-Identifier: GPL-2.0-or-later
// What the router makes of requests about a cluster.
#include <gtest/gtest.h>

#include "api/router.hpp"
#include "api_fake_service.hpp"

namespace sluice {
namespace {

using ClusterRouter = RouterTest;

TEST_F(ClusterRouter, SpellsTheStoreAsTheDocumentDoes) {
  as_owner(
      "/v1/cluster/join",
      R"({"name": "edge", "node": "gw1", "etcd": ["https://etcd1.example.org:2379", "https://etcd2.example.org:2379"], "ca_file": "ca.pem"})");
  ASSERT_EQ(service.clusters.size(), 1u);
  EXPECT_EQ(service.clusters[0].name, "edge");
  EXPECT_EQ(service.clusters[0].node, "gw1");
  EXPECT_EQ(service.clusters[0].etcd.size(), 2u);
  EXPECT_EQ(service.clusters[0].files, (DocumentValues{{"ca_file", R"("ca.pem")"}}));
  EXPECT_FALSE(service.clusters[0].replaces);
  as_owner("/v1/cluster/join",
           R"({"name": "edge", "node": "gw1", "etcd": ["https://etcd1.example.org:2379"], "replace": 1})");
  ASSERT_EQ(service.clusters.size(), 2u);
  EXPECT_TRUE(service.clusters[1].replaces);
}

TEST_F(ClusterRouter, LeavesAndSaysHowItIs) {
  ask("POST", "/v1/cluster/leave", R"({"why": "moved"})");
  ask("GET", "/v1/cluster");
  ask("POST", "/v1/cluster/yield");
  EXPECT_EQ(service.calls,
            (std::vector<std::string>{"leave_cluster moved", "cluster_status", "yield_addresses"}));
}

TEST_F(ClusterRouter, SaysWhatIsWrong) {
  EXPECT_EQ(as_owner("/v1/cluster/join", R"({"name": "edge", "node": "gw1"})").status, 400u);
  EXPECT_EQ(as_owner("/v1/cluster/join", R"({"node": "gw1", "etcd": ["https://etcd1.example.org"]})").status,
            400u);
  EXPECT_EQ(ask("POST", "/v1/cluster/leave", R"({"force": 1})").status, 400u);
  EXPECT_TRUE(service.clusters.empty());
}

}   // namespace
}   // namespace sluice
