// SPDX-License-Identifier: GPL-2.0-or-later
// Tunnels of frames inside a network, and how many MAC addresses may speak by them: which steps they cost.
#include "../support/parsed.hpp"
#include "plan/parts.hpp"
#include "plan_fixture.hpp"

namespace sluice {
namespace {

using test::add_link, test::fresh_machine, test::ip, test::parsed, test::sentences_of;

using Lines = std::vector<std::string>;

const IpAddress kGatewayEnd = ip("10.100.0.1"), kBerlinEnd = ip("10.100.0.2");

Interface made(std::string name, MadeInterface device, const std::string& vrf = "") {
  Interface interface;
  interface.name = std::move(name);
  interface.made = std::move(device);
  interface.vrf = vrf;
  return interface;
}

// As a network with one endpoint is expanded.
Document frames(MadeInterface tunnel) {
  Document document = parsed(R"({ "version": 1, "interfaces": { } })");
  document.interfaces.push_back(made("wg-lan7", Wireguard{.tunnel = {}, .mtu = 1420}, "lan7"));
  Bridge bridge{.members = {"port"}, .ports = {}, .mac_limits = {{"port", 64}}};
  document.interfaces.push_back(made("br-lan7", std::move(bridge), "lan7"));
  document.bridged.push_back(made("port", std::move(tunnel)));
  return document;
}

Gretap gretap() {
  return {.local = kGatewayEnd, .remote = kBerlinEnd, .mtu = 1500, .vrf = "lan7", .lower = "wg-lan7"};
}

Vxlan vxlan() {
  return {.vni = 7000,
          .local = kGatewayEnd,
          .remotes = {kBerlinEnd},
          .port = 4791,
          .entries = {},
          .vrf = "lan7",
          .mtu = 1500,
          .lower = "wg-lan7"};
}

Observed with_tunnel() {
  Observed seen = fresh_machine();
  add_link(seen, "wg-lan7", 20, "wireguard");
  seen.links["wg-lan7"].parameters = WireguardLink{};
  seen.owned_links["wg-lan7"] = {"wireguard", 20};
  seen.tunnels["wg-lan7"] = {};
  return seen;
}

void add_port(Observed& seen, std::string_view kind, LinkParameters parameters) {
  add_link(seen, "port", 21, std::string(kind));
  ObservedLink& link = seen.links["port"];
  link.parameters = std::move(parameters);
  link.parent_index = 20;
  seen.owned_links["port"] = {std::string(kind), 21};
}

Lines steps(const Document& document, const Observed& seen) {
  Plan plan;
  const auto done = plan_made_links(document, seen, plan);
  return done ? sentences_of(plan) : Lines{done.error().message};
}

Lines limits(const Document& document, const Observed& seen) {
  Plan plan;
  const auto done = plan_mac_limits(document, seen, plan);
  return done ? sentences_of(plan) : Lines{done.error().message};
}

TEST(FramesPlan, ATunnelIsMadeBehindItsNetworksDevice) {
  EXPECT_EQ(steps(frames(gretap()), fresh_machine()),
            (Lines{"make WireGuard tunnel wg-lan7", "set wg-lan7 up", "make bridge br-lan7", "set br-lan7 up",
                   "make GRETAP from 10.100.0.1 to 10.100.0.2 by wg-lan7 as port", "set port up",
                   "put port into br-lan7"}));
  const Lines of_vxlan = steps(frames(vxlan()), with_tunnel());
  EXPECT_EQ(of_vxlan[2], "make VXLAN 7000 of 10.100.0.1 port 4791 without learning as port");
}

TEST(FramesPlan, WithoutTheNetworksDeviceThereIsNoTunnel) {
  Document document = frames(gretap());
  document.interfaces.erase(document.interfaces.begin());
  Plan plan;
  ASSERT_TRUE(plan_made_links(document, fresh_machine(), plan));
  EXPECT_EQ(plan.degraded.front(),
            "interface \"port\" cannot be made: \"wg-lan7\" does not exist; it is made when that appears");
}

TEST(FramesPlan, AGretapGetsOtherEndsInPlace) {
  Observed seen = with_tunnel();
  add_port(seen, "gretap", GretapLink{kGatewayEnd, ip("10.100.0.9"), "wg-lan7"});
  const Lines found = steps(frames(gretap()), seen);
  EXPECT_EQ(found[2],
            "change GRETAP from 10.100.0.1 to 10.100.0.9 by wg-lan7 as port into "
            "GRETAP from 10.100.0.1 to 10.100.0.2 by wg-lan7 as port");
  seen.links["port"].parameters = GretapLink{kGatewayEnd, kBerlinEnd, "number 17"};
  EXPECT_NE(steps(frames(gretap()), seen)[2].find("change GRETAP"), std::string::npos)
      << "the device was made anew";
}

TEST(FramesPlan, FramesHaveTheirOwnMtuWhateverTheWayHas) {
  Observed seen = with_tunnel();
  seen.links["wg-lan7"].mtu = 1420;
  add_port(seen, "vxlan", VxlanLink{7000, kGatewayEnd, 4791, false, true, true});
  seen.links["port"].mtu = 1370;
  Plan plan;
  plan_link_contents(frames(vxlan()), seen, plan);
  EXPECT_EQ(sentences_of(plan), (Lines{"port: send frames for everybody to 10.100.0.2",
                                       "set the MTU of port from 1370 to 1500"}));
  EXPECT_EQ(std::get<step::AddEntry>(plan.steps.front()).entry.by, 20u)
      << "by the network's device, not by the main table";
  EXPECT_TRUE(plan.degraded.empty()) << plan.degraded.front();
}

TEST(FramesPlan, AKernelWithoutGretapRefusesWithTheReason) {
  Observed seen = with_tunnel();
  seen.kinds_refused["gretap"] = "the kernel makes no GRETAP devices";
  EXPECT_EQ(steps(frames(gretap()), seen), Lines{"interface \"port\": the kernel makes no GRETAP devices"});
}

TEST(MacLimitsPlan, AreThoseOfTheBridges) {
  Observed seen = fresh_machine();
  EXPECT_EQ(limits(frames(gretap()), seen), Lines{"limit MAC addresses: at most 64 of port"});
  seen.mac_limits = {.is_there = true, .intact = true, .limits = {{"port", 64}}, .refused = {}};
  EXPECT_EQ(limits(frames(gretap()), seen), Lines{});
  seen.mac_limits.intact = false;
  EXPECT_EQ(limits(frames(gretap()), seen), Lines{"limit the MAC addresses of 1 port"});
  EXPECT_EQ(limits(Document{}, seen), Lines{"remove table bridge sluice, which limited MAC addresses"});
  EXPECT_EQ(limits(Document{}, fresh_machine()), Lines{});
}

TEST(MacLimitsPlan, AreRefusedWhereTheKernelCannotCount) {
  Observed seen = fresh_machine();
  seen.mac_limits.refused = "Operation not supported";
  EXPECT_NE(limits(frames(gretap()), seen)
                .front()
                .find("the kernel has no nf_tables for bridges (Operation not supported)"),
            std::string::npos);
  seen.in_force = true;
  EXPECT_EQ(limits(frames(gretap()), seen), Lines{});
}

}   // namespace
}   // namespace sluice
