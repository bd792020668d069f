// SPDX-License-Identifier: GPL-2.0-or-later
// Which outer packets of VXLANs XDP may open and make, by the rows that the planner compiles.
#include <arpa/inet.h>

#include <algorithm>

#include "../support/parsed.hpp"
#include "plan_fixture.hpp"

namespace sluice {
namespace {

using test::add_link, test::fresh_machine, test::parsed;

class TunnelRows : public testing::Test {
 protected:
  TunnelRows() {
    add_link(seen, "vx7", 8, "vxlan");
    seen.links["vx7"].parameters = VxlanLink{7, ip("203.0.113.1"), 4789, true};
    seen.owned_links["vx7"] = {"vxlan", 8};
    seen.underlays[ip("198.51.100.7")] = {seen.links["wan"].index, 1500};
  }
  static IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

  using TunnelRow = std::pair<sl_tunnel_key, sl_tunnel>;
  static std::vector<TunnelRow> of_kind(const NumberedRules& rules, uint16_t kind) {
    std::vector<TunnelRow> some;
    std::ranges::copy_if(rules.tunnels, std::back_inserter(some),
                         [&](const TunnelRow& row) { return row.first.kind == kind; });
    return some;
  }
  // Those that XDP opens and makes.
  static std::vector<TunnelRow> outer(const NumberedRules& rules) { return of_kind(rules, SL_TUNNEL_OUTER); }

  NumberedRules rows(const std::string& vxlan, const std::string& more = "") {
    const auto plan = make_plan(parsed(R"({ "version": 1, "interfaces": {
      "wan": { "zone": "internet", "addresses": ["203.0.113.1/24"] }, "lan": { "zone": "lan" },
      "vx7": { "zone": "site", "vxlan": { "vni": 7, "local": "203.0.113.1", )" +
                                       vxlan + " } } }" + more + " }"),
                                seen);
    EXPECT_TRUE(plan) << plan.error().message;
    return plan ? *plan->rules : NumberedRules{};
  }
  uint16_t flags(const NumberedRules& rules, const std::string& link) {
    return std::ranges::find(rules.interfaces, seen.links.at(link).index,
                             &std::pair<uint32_t, sl_interface>::first)
        ->second.flags;
  }

  Observed seen = fresh_machine();
  const std::string usual = R"("remotes": ["198.51.100.7"])";
};

TEST_F(TunnelRows, AreForTheRemotesOfTheDocument) {
  const NumberedRules rules = rows(usual);
  ASSERT_EQ(outer(rules).size(), 1u);
  const auto [key, row] = outer(rules).front();
  EXPECT_EQ(key.vni, htonl(7 << 8));
  EXPECT_EQ(key.port, htons(4789));
  EXPECT_EQ(key.remote.w[3], htonl(0xc6336407));
  EXPECT_EQ(key.local.w[3], htonl(0xcb007101));
  EXPECT_EQ(row.ifindex, 8u);
  EXPECT_EQ(row.zone, 1) << "internet, by the route";
  EXPECT_EQ(row.flags, SL_TUNNEL_LEARNS);
  EXPECT_TRUE(flags(rules, "wan") & SL_IF_TUNNELS);
  EXPECT_FALSE(flags(rules, "lan") & SL_IF_TUNNELS);
  EXPECT_EQ(flags(rules, "vx7") & (SL_IF_TUNNEL | SL_IF_XDP_OUT), SL_IF_TUNNEL | SL_IF_XDP_OUT);
  EXPECT_EQ(std::ranges::count(rules.tx_ports, 8u), 0) << "XDP never sends to the device itself";
}

TEST_F(TunnelRows, OfEntriesAsWellAndWithoutLearning) {
  seen.links["vx7"].parameters = VxlanLink{7, ip("203.0.113.1"), 4789, false};
  seen.underlays[ip("198.51.100.8")] = {seen.links["wan"].index, 1500};
  const NumberedRules rules = rows(usual + R"(, "learning": false,
    "entries": [{ "mac": "02:00:5e:00:53:01", "remote": "198.51.100.8" }])");
  ASSERT_EQ(outer(rules).size(), 2u);
  EXPECT_EQ(outer(rules).front().second.flags, 0);
}

TEST_F(TunnelRows, AreNoneWhereNoWayLeads) {
  seen.underlays.clear();
  EXPECT_TRUE(outer(rows(usual)).empty());
  seen.underlays[ip("198.51.100.7")] = {8, 1450};
  EXPECT_TRUE(outer(rows(usual)).empty()) << "through the tunnel itself";
  seen.underlays[ip("198.51.100.7")] = {77, 1500};
  EXPECT_TRUE(outer(rows(usual)).empty()) << "by a device that is not managed";
}

TEST_F(TunnelRows, AreNoneForAnAddressThatTheGatewayHasNot) {
  seen.links["vx7"].parameters = VxlanLink{7, ip("203.0.113.99"), 4789, true};
  const auto plan = make_plan(parsed(R"({ "version": 1, "interfaces": {
      "wan": { "zone": "internet", "addresses": ["203.0.113.1/24"] },
      "vx7": { "zone": "site", "vxlan": { "vni": 7, "local": "203.0.113.99", "remotes": ["198.51.100.7"] } } } })"),
                              seen);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(outer(*plan->rules).empty());
}

TEST_F(TunnelRows, OfEndsAreThereWhateverXdpKnows) {
  seen.underlays.clear();
  const NumberedRules rules = rows(usual + R"(, "learning": false,
    "entries": [{ "mac": "02:00:5e:00:53:01", "remote": "198.51.100.8" }])");
  const auto ends = of_kind(rules, SL_TUNNEL_ENDS);
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(rules.header.tunnels, 2u);
  for (const auto& [key, row] : ends) {
    EXPECT_EQ(key.local.w[3], htonl(0xcb007101));
    EXPECT_EQ(key.port, htons(4789));
    EXPECT_EQ(key.vni, 0u);
  }
}

TEST_F(TunnelRows, AreNoneWhereALimitCountsOuterPackets) {
  const auto limited = [](const std::string& match) {
    return R"(, "limits": [{ "name": "l", )" + match + R"("rate": "10mbit" }])";
  };
  for (const char* match :
       {"", R"("to": "host", )", R"("from": "host", "to": "internet", )", R"("protocol": "udp", )",
        R"("ports": "4000-5000", "protocol": "udp", )", R"("source": "198.51.100.0/24", )"}) {
    const NumberedRules rules = rows(usual, limited(match));
    EXPECT_TRUE(outer(rules).empty()) << match;
    EXPECT_FALSE(flags(rules, "vx7") & SL_IF_XDP_OUT) << match;
  }
  for (const char* match :
       {R"("from": "site", )", R"("protocol": "tcp", )", R"("protocol": "udp", "ports": 53, )",
        R"("to": "lan", )", R"("source": "192.0.2.0/24", "to": "host", )"})
    EXPECT_EQ(outer(rows(usual, limited(match))).size(), 1u) << match;
}

TEST_F(TunnelRows, OfABridgesTunnelSpareOnlyFlows) {
  const auto plan = make_plan(parsed(R"({ "version": 1, "interfaces": {
      "wan": { "zone": "internet", "addresses": ["203.0.113.1/24"] },
      "vx7": { "vxlan": { "vni": 7, "local": "203.0.113.1", "remotes": ["198.51.100.7"] } },
      "br0": { "zone": "lan", "bridge": { "members": ["lan", "vx7"] } } } })"),
                              seen);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(outer(*plan->rules).size(), 1u);
  EXPECT_EQ(outer(*plan->rules).front().second.ifindex, 8u);
  EXPECT_EQ(std::ranges::count(plan->rules->interfaces, 8u, &std::pair<uint32_t, sl_interface>::first), 0)
      << "not managed: XDP hands all of it on";
}

TEST_F(TunnelRows, OfEndsInAVrfAreTheVrfsAlone) {
  auto document = parsed(R"({ "version": 1, "interfaces": {
      "wan": { "zone": "internet", "addresses": ["203.0.113.1/24"] },
      "lan": { "zone": "office", "vrf": "net", "addresses": ["10.100.0.1/24"] } }, "vrfs": { "net": { "table": 77 } } })");
  const IpAddress local = ip("10.100.0.1");
  Interface port;
  port.name = "vx7";
  port.made = Vxlan{.vni = 7,
                    .local = local,
                    .remotes = {ip("10.100.0.2")},
                    .port = 4791,
                    .entries = {},
                    .vrf = "net",
                    .mtu = 1500,
                    .lower = "lan"};
  document.bridged.push_back(port);
  port.name = "gt7";
  port.made = Gretap{.local = local, .remote = ip("10.100.0.3"), .mtu = 1500, .vrf = "net", .lower = "lan"};
  document.bridged.push_back(port);
  const auto plan = make_plan(document, seen);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(outer(*plan->rules).empty()) << "the kernel's devices have them";
  const auto ends = of_kind(*plan->rules, SL_TUNNEL_ENDS);
  ASSERT_EQ(ends.size(), 2u);
  for (const auto& [key, row] : ends) {
    EXPECT_EQ(key.vni, 77u);
    EXPECT_EQ(key.local.w[3], htonl(0x0a640001));
    EXPECT_EQ(key.port, key.remote.w[3] == htonl(0x0a640002) ? htons(4791) : 0);
  }
}

TEST_F(TunnelRows, AreOtherRules) {
  const uint64_t one = digest_of(rows(usual));
  seen.underlays[ip("198.51.100.7")] = {seen.links["lan"].index, 1500};
  EXPECT_NE(digest_of(rows(usual)), one) << "the way leads into another zone";
}

}   // namespace
}   // namespace sluice
