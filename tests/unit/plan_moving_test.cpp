// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses of a cluster: sluice puts a node's own ones there, and leaves those that move to somebody else.
#include <algorithm>

#include "plan/parts.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

constexpr std::string_view kEdge = R"({
  "version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]},
    "lan": {"zone": "lan", "addresses": ["192.168.10.1/24"]}
  },
  "nat": {"forwards": [{"name": "web", "listen": "203.0.113.7", "protocol": "tcp", "ports": [80], "to": "192.168.10.5:80"}]},
  "cluster": {"name": "edge", "node": "gw1", "store": {"etcd": ["https://etcd1.example.org:2379"]},
    "addresses": {"by": "vrrp", "interface": "wan", "id": 51},
    "nodes": {"gw1": {"interfaces": {"wan": {"addresses": ["203.0.113.2/24"]}}},
              "gw2": {"interfaces": {"wan": {"device": "ens3", "addresses": ["203.0.113.3/24"]}}}}}
})";

InterfaceAddress address(const char* text) { return *InterfaceAddress::parse(text); }

const InterfaceAddress kRouter = router_address({.interface = "wan", .id = 51});

std::vector<InterfaceAddress> added_by(const Plan& plan) {
  std::vector<InterfaceAddress> added;
  for (const Step& step : plan.steps)
    if (const auto* one = std::get_if<step::AddAddress>(&step)) added.push_back(one->address);
  return added;
}

TEST(PlanMoving, OnlyOwnAddressesArePutThere) {
  const Plan plan = *make_plan(parsed(kEdge), fresh_machine());
  EXPECT_EQ(added_by(plan), std::vector{address("203.0.113.2/24")});
  EXPECT_TRUE(plan.is_standby);
  const auto moves = [&](const char* link, InterfaceAddress one) {
    return std::ranges::count(plan.moving, MovedAddress{link, one, true});
  };
  EXPECT_TRUE(moves("wan", address("203.0.113.1/24")));
  EXPECT_TRUE(moves("wan", address("203.0.113.7/32")));   // for the forward
  EXPECT_TRUE(moves("wan", kRouter));
  EXPECT_TRUE(moves("lan", address("192.168.10.1/24")));
  EXPECT_EQ(plan.moving.size(), 4u);
}

TEST(PlanMoving, BecomingActiveIsNothingToDo) {
  Observed seen = fresh_machine();
  carry_out(seen, *make_plan(parsed(kEdge), seen));
  ASSERT_TRUE(make_plan(parsed(kEdge), seen)->empty());
  // As keepalived puts them there: in front of others, too.
  auto& wan = seen.links.at("wan").addresses;
  wan.insert(wan.begin(), {.address = kRouter});
  wan.push_back({.address = address("203.0.113.1/24")});
  wan.push_back({.address = address("203.0.113.7/32")});
  seen.links.at("lan").addresses.push_back({.address = address("192.168.10.1/24")});
  const Plan plan = *make_plan(parsed(kEdge), seen);
  EXPECT_TRUE(plan.empty()) << sentence(plan.steps.front());
  EXPECT_FALSE(plan.is_standby);
}

TEST(PlanMoving, WhatSluicePutThereBeforeIsTakenOff) {
  Document alone = parsed(kEdge);
  Observed seen = fresh_machine();
  alone.cluster.reset();
  for (Interface& interface : alone.interfaces) interface.moves = false;
  carry_out(seen, *make_plan(alone, seen));
  ASSERT_TRUE(seen.owned_addresses.contains({"lan", address("192.168.10.1/24")}));
  const Plan plan = *make_plan(parsed(kEdge), seen);
  const auto is_removed = [&](const Step& step) {
    const auto* one = std::get_if<step::RemoveAddress>(&step);
    return one && one->address == address("192.168.10.1/24");
  };
  EXPECT_TRUE(std::ranges::any_of(plan.steps, is_removed));
}

}   // namespace
}   // namespace sluice::test
