// SPDX-License-Identifier: GPL-2.0-or-later
// Nobody but the tunnel speaks as the tunnel: what is asked of packets behind the translation, in which VRF.
#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "compile_nft_fixture.hpp"
#include "kernel/nft/nft.hpp"

namespace sluice::test {
namespace {

// Devices 2 (wan) and 3 (lan); lan is in VRF 7, and has a VXLAN and a GRETAP if `framed`.
Table tunnels(bool framed, bool in_main) {
  const std::string vxlan =
      in_main
          ? R"(, "vx7": {"vxlan": {"vni": 7, "local": "203.0.113.1", "remotes": ["198.51.100.7"]}, "zone": "site"})"
          : "";
  Document document = carried_by(EngineChoice::kNftables, R"({"version": 1, "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]},
    "lan": {"zone": "office", "vrf": "net", "addresses": ["10.100.0.1/24"]})" +
                                                              vxlan + R"(}, "vrfs": {"net": {"table": 7}}})");
  if (framed) {
    Interface port;
    port.name = "vx7000-2";
    port.made = Vxlan{.vni = 7000,
                      .local = ip("10.100.0.1"),
                      .remotes = {ip("10.100.0.2")},
                      .port = 4791,
                      .entries = {},
                      .vrf = "net",
                      .mtu = 1500,
                      .lower = "lan"};
    document.bridged.push_back(port);
    port.name = "gt1-3";
    port.made = Gretap{
        .local = ip("10.100.0.1"), .remote = ip("10.100.0.3"), .mtu = 1500, .vrf = "net", .lower = "lan"};
    document.bridged.push_back(port);
  }
  const auto plan = make_plan(document, fresh_machine());
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().message);
  return Table(plan ? plan->table : std::make_shared<RulesNft>());
}

TEST(NftTunnels, WithoutThemNothingIsAsked) {
  EXPECT_TRUE(tunnels(false, false).chain("after_source_nat").empty());
}

TEST(NftTunnels, OfAVrfAreAskedForWhereItsDevicesSend) {
  const Table table = tunnels(true, false);
  EXPECT_EQ(table.rows("tunnel_ends_vrf74"), (Texts{"10.100.0.1 . 10.100.0.2 . 4791"}));
  EXPECT_EQ(table.rows("gre_ends_vrf74"), (Texts{"10.100.0.1 . 10.100.0.3"}));
  const Texts asked = table.chain("after_source_nat");
  ASSERT_FALSE(asked.empty());
  for (size_t i = 0; i + 1 < asked.size(); ++i) EXPECT_TRUE(asked[i].starts_with("oif { 3 } ")) << asked[i];
  EXPECT_TRUE(holds(asked, "@gre_ends_vrf74 jump as_tunnel_vrf7"));
  EXPECT_TRUE(holds(asked, "@tunnel_ends_vrf74 jump as_tunnel_vrf7"));
  EXPECT_EQ(asked.back(), "oif { 3 } accept") << "it has been asked";
  EXPECT_EQ(table.set("tunnel_ends4"), nullptr) << "the main one has none";
}

TEST(NftTunnels, OfTheMainVrfAreNotAskedForInOthers) {
  const Texts asked = tunnels(true, true).chain("after_source_nat");
  const auto leaves = std::ranges::find(asked, "oif { 3 } accept");
  ASSERT_NE(leaves, asked.end());
  for (auto rule = leaves + 1; rule != asked.end(); ++rule)
    EXPECT_NE(rule->find("jump as_tunnel"), std::string::npos) << *rule;
  EXPECT_GE(asked.end() - leaves, 3);
}

TEST_IN_NETWORK(NftTunnels, TheKernelTakesThem) {
  ASSERT_EQ(std::system("ip link add wan index 2 type veth peer name wan1 index 102 && "
                        "ip link add lan index 3 type veth peer name lan1 index 103"),
            0);
  const Table table = tunnels(true, true);
  const auto done = nft_apply(transaction(nullptr, table.rules()));
  EXPECT_TRUE(done) << done.error().message;
}

}   // namespace
}   // namespace sluice::test
