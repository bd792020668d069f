// SPDX-License-Identifier: GPL-2.0-or-later
// What the router makes of requests about containers.
#include <gtest/gtest.h>

#include "api/router.hpp"
#include "api_fake_service.hpp"

namespace sluice {
namespace {

using ContainerRouter = RouterTest;

TEST_F(ContainerRouter, hands_over_what_a_plugin_says) {
  ask("POST", "/v1/containers",
      R"({"id": "a1", "interface": "eth0", "namespace": "/run/netns/x", "name": "web", "zone": "dmz",
          "subnet": "172.20.1.0/24", "ports": ["8080:80/tcp"], "pod": "app1"})");
  ASSERT_EQ(service.containers.size(), 1u);
  EXPECT_EQ(service.containers[0].name.id, "a1");
  EXPECT_EQ(service.containers[0].called, "web");
  EXPECT_EQ(service.containers[0].pod, "app1");
  EXPECT_EQ(service.containers[0].ports, std::vector<std::string>{"8080:80/tcp"});
}

TEST_F(ContainerRouter, asks_by_id_and_interface) {
  ask("DELETE", "/v1/containers?id=a1&interface=eth0", "");
  ask("GET", "/v1/containers/missing?id=a1&interface=eth0", "");
  EXPECT_EQ(service.calls,
            (std::vector<std::string>{"detach_container a1 eth0", "missing_of_container a1 eth0"}));
}

TEST_F(ContainerRouter, says_what_is_missing) {
  EXPECT_EQ(ask("DELETE", "/v1/containers?id=a1", "").status, 400u);
  EXPECT_EQ(ask("POST", "/v1/containers", R"({"id": "a1"})").status, 400u);
  EXPECT_TRUE(service.calls.empty());
}

}   // namespace
}   // namespace sluice
