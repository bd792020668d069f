// SPDX-License-Identifier: GPL-2.0-or-later
// Red and blue are both 10.0.0.0/24; red leaves what it does not know to the main VRF.
#include "explain_fixture.hpp"

namespace sluice::test {
namespace {

constexpr std::string_view kTenants = R"({
  "version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24", "2001:db8:f::1/64"]},
    "red": {"zone": "red", "vrf": "red-net", "addresses": ["10.0.0.1/24"]},
    "blue": {"zone": "blue", "vrf": "blue-net", "addresses": ["10.0.0.1/24", "fd00:1:2::1/64"]}
  },
  "vrfs": {"red-net": {"table": 7, "routes": [{"to": "0.0.0.0/0", "through": "main"}]}, "blue-net": {"table": 8}},
  "policies": [{"name": "out", "from": "red", "to": "internet", "action": "accept"},
               {"name": "six-in", "from": "internet", "to": "blue", "action": "accept"}],
  "nat": {
    "masquerade": [{"name": "m", "from": "red", "to": "internet"}],
    "static": [{"name": "six", "outside": "2001:db8:f:7::/64", "inside": "fd00:1:2::/64", "vrf": "blue-net"}],
    "forwards": [
      {"name": "blue", "listen": "203.0.113.1", "ports": 81, "to": "10.0.0.5:8080", "vrf": "blue-net"}]
  }
})";

class Tenants : public ExplainedGateway {
 protected:
  Tenants() : ExplainedGateway(kTenants) {
    routes.lay(7, "0.0.0.0/0", 0);
    routes.lay(0, "0.0.0.0/0", index("wan"), *IpAddress::parse("203.0.113.254"));
    routes.lay(0, "::/0", index("wan"));
  }
};

constexpr const char* kTenant = "10.0.0.5:1000";

TEST_F(Tenants, GoOutThroughTheMainVrf) {
  const Explanation told = ask("red", "udp", kTenant, "198.51.100.7:53");
  EXPECT_EQ(leaves_as(told), "203.0.113.1:? > 198.51.100.7:53 by wan");
  EXPECT_EQ(told.from_vrf, "red-net");
  EXPECT_EQ(told.to_vrf, "main");
  EXPECT_TRUE(told.stages[5].finding.starts_with("VRF red-net leaves it to VRF main; out of wan"));
}

TEST_F(Tenants, StayAmongThemselvesWhereTheDocumentSaysNothing) {
  EXPECT_EQ(outcome(ask("blue", "udp", kTenant, "198.51.100.7:53")), "no-route");
}

TEST_F(Tenants, FindNoGatewayInTheOtherVrf) {
  EXPECT_EQ(outcome(ask("red", "tcp", kTenant, "203.0.113.1:22")), "other-vrf");
}

TEST_F(Tenants, ReachEachOtherByForwardsWithTheOutsideAddress) {
  routes.lay(0, "198.51.100.0/24", index("wan"));
  EXPECT_EQ(leaves_as(ask("wan", "tcp", "198.51.100.7:5", "203.0.113.1:81")),
            "198.51.100.7:5 > 10.0.0.5:8080 by blue");
  EXPECT_EQ(leaves_as(ask("red", "tcp", kTenant, "203.0.113.1:81")), "203.0.113.1:? > 10.0.0.5:8080 by blue");
}

TEST_F(Tenants, PrefixIsTranslatedIntoTheVrf) {
  const Explanation told = ask("wan", "tcp", "[2001:db8:99::1]:5", "[2001:db8:f:7::9]:80");
  EXPECT_EQ(leaves_as(told), "2001:db8:99::1:5 > [fd00:1:2::9]:80 by blue");
  EXPECT_EQ(told.nat, "six");
  EXPECT_EQ(told.to_vrf, "blue-net");
}

}   // namespace
}   // namespace sluice::test
