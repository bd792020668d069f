// SPDX-License-Identifier: GPL-2.0-or-later
// Networks that carry frames: the bridge that they become, who may send frames to it, and the client's side.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include <algorithm>

#include "network/client_config.hpp"
#include "network/expand.hpp"
#include "network/l2_ports.hpp"
#include "network_fixture.hpp"

namespace sluice {
namespace {

using test::ip;
using test::key_of;
using test::net;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::chrono::sys_seconds kFramesToday{std::chrono::seconds(1'800'000'000)};

NetworkEndpoint place(std::string name, std::string_view address, uint8_t key) {
  NetworkEndpoint endpoint;
  endpoint.name = std::move(name);
  endpoint.type = EndpointType::kCpe;
  endpoint.address = ip(address);
  endpoint.public_key = key_of(key);
  return endpoint;
}

Network mesh(std::vector<uint16_t> vlans = {}) {
  Network network = test::home();
  network.name = network.zone = network.vrf = "lan7";
  network.type = NetworkType::kL2Mesh;
  network.subnet6.reset();
  network.device = "wg-lan7";
  network.bridge = "br-lan7";
  network.table = 20'000;
  network.vni = 7000;
  network.vlans = std::move(vlans);
  network.attach = {"eth3"};
  network.endpoints = {place("berlin", "10.100.0.2", 8), place("paris", "10.100.0.3", 9)};
  return network;
}

Network wire(std::vector<uint16_t> vlans = {}) {
  Network network = mesh(std::move(vlans));
  network.type = NetworkType::kL2PointToPoint;
  network.vni.reset();
  return network;
}

Document expanded_frames(Network network) {
  Document document;
  document.zones = {{"internet", {}, {}, {}, {}}, {"lan7", {}, {}, {}, {}}};
  document.networks = {std::move(network)};
  EXPECT_THAT(expand(document, {}, {}, kFramesToday), IsEmpty());
  return document;
}

const Interface& bridge_of(const Document& document) { return document.interfaces.back(); }
const Bridge& made_bridge(const Document& document) { return std::get<Bridge>(bridge_of(document).made); }

const Policy* frame_policy(const Document& document, std::string_view name) {
  const auto at = std::ranges::find(document.policies, name, &Policy::name);
  return at == document.policies.end() ? nullptr : &*at;
}

std::string config_of_berlin(Network network) {
  network.vcid = 12345678;
  return client_config(network, network.endpoints[0],
                       {.gateway_key = key_of(1), .endpoint = "192.0.2.1:51820"});
}

TEST(Frames, OfAMeshAreInABridgeWithAVxlanForEachEndpoint) {
  const Document document = expanded_frames(mesh());
  EXPECT_EQ(bridge_of(document).name, "br-lan7");
  EXPECT_EQ(bridge_of(document).zone, "br-lan7") << "a LAN is nobody whom policies of the network mean";
  EXPECT_TRUE(document.zones.back().closed);
  EXPECT_EQ(bridge_of(document).vrf, "lan7");
  EXPECT_THAT(bridge_of(document).addresses, IsEmpty());
  EXPECT_THAT(made_bridge(document).members, ElementsAre("eth3", "vx7000-2", "vx7000-3"));
  EXPECT_THAT(made_bridge(document).ports, IsEmpty()) << "all frames, whatever their tags";
  ASSERT_THAT(document.bridged, SizeIs(2));
  EXPECT_EQ(document.bridged[1].zone, "");
  const auto& paris = std::get<Vxlan>(document.bridged[1].made);
  EXPECT_EQ(paris.vni, 7000u);
  EXPECT_EQ(paris.port, 4792);
  EXPECT_EQ(paris.local.to_string(), "10.100.0.1");
  EXPECT_THAT(paris.remotes, ElementsAre(ip("10.100.0.3")));
  EXPECT_EQ(paris.vrf, "lan7");
  EXPECT_EQ(paris.mtu, 1500u);
}

TEST(Frames, OfAMeshWithVlansHaveAVxlanForEachEndpointAndVlan) {
  const Document document = expanded_frames(mesh({100, 200}));
  const Bridge& bridge = made_bridge(document);
  EXPECT_THAT(bridge.members, ElementsAre("eth3", "vx7100-2", "vx7200-2", "vx7100-3", "vx7200-3"));
  ASSERT_THAT(bridge.ports, SizeIs(5));
  EXPECT_THAT(bridge.ports[0].tagged, ElementsAre(100, 200));
  EXPECT_FALSE(bridge.ports[0].untagged);
  EXPECT_EQ(bridge.ports[2].device, "vx7200-2");
  EXPECT_EQ(bridge.ports[2].untagged, 200);
  EXPECT_THAT(bridge.ports[2].tagged, IsEmpty());
  EXPECT_EQ(std::get<Vxlan>(document.bridged[1].made).vni, 7200u);
  EXPECT_EQ(std::get<Vxlan>(document.bridged[1].made).port, std::get<Vxlan>(document.bridged[0].made).port);
}

TEST(Frames, OfAWireAreInABridgeWithGretapsThatKeepTags) {
  const Document document = expanded_frames(wire({100, 101}));
  const Bridge& bridge = made_bridge(document);
  EXPECT_THAT(bridge.members, ElementsAre("eth3", "gt12345678-2", "gt12345678-3"));
  for (const BridgePort& port : bridge.ports) EXPECT_THAT(port.tagged, ElementsAre(100, 101)) << port.device;
  const auto& berlin = std::get<Gretap>(document.bridged[0].made);
  EXPECT_EQ(berlin.local.to_string(), "10.100.0.1");
  EXPECT_EQ(berlin.remote.to_string(), "10.100.0.2");
  EXPECT_EQ(berlin.vrf, "lan7");
  EXPECT_THAT(made_bridge(expanded_frames(wire())).ports, IsEmpty());
}

TEST(Frames, EachEndpointSpeaksAsSoManyAddresses) {
  Network network = mesh();
  network.endpoints[1].mac_limit = 3;
  const Document document = expanded_frames(network);
  const Bridge& bridge = made_bridge(document);
  ASSERT_THAT(bridge.mac_limits, SizeIs(2));
  EXPECT_EQ(bridge.mac_limits[0].most, 64u);
  EXPECT_EQ(bridge.mac_limits[1].device, "vx7000-3");
  EXPECT_EQ(bridge.mac_limits[1].most, 3u);
}

TEST(Frames, WhoTakesNoPartHasNoEndOfATunnelAndNoPolicy) {
  Network network = mesh();
  network.endpoints[0].disabled = true;
  const Document document = expanded_frames(network);
  EXPECT_THAT(made_bridge(document).members, ElementsAre("eth3", "vx7000-3"));
  EXPECT_FALSE(frame_policy(document, "network:lan7 frames of berlin"));
  network.endpoints[1].disabled = true;
  EXPECT_THAT(expanded_frames(network).policies, IsEmpty()) << "an empty side would mean everybody";
}

TEST(Frames, AreTakenFromEachEndpointAtItsOwnPortAlone) {
  const Document document = expanded_frames(mesh());
  const Policy* paris = frame_policy(document, "network:lan7 frames of paris");
  ASSERT_TRUE(paris);
  EXPECT_THAT(paris->from, ElementsAre("lan7"));
  EXPECT_THAT(paris->to, ElementsAre("host"));
  EXPECT_THAT(paris->source.prefixes, ElementsAre(net("10.100.0.3/32")));
  EXPECT_THAT(paris->destination.prefixes, ElementsAre(net("10.100.0.1/32")));
  EXPECT_THAT(paris->protocols, ElementsAre(IPPROTO_UDP));
  EXPECT_THAT(paris->ports, ElementsAre(PortRange{4792, 4792}));
  const Policy* others = frame_policy(document, "network:lan7 frames of others");
  ASSERT_TRUE(others);
  EXPECT_EQ(others->action, Action::kDrop);
  EXPECT_TRUE(others->source.any());
  EXPECT_LT(paris, others) << "the first that matches counts";
  const Policy* out = frame_policy(document, "network:lan7 frames out");
  ASSERT_TRUE(out);
  EXPECT_THAT(out->ports, ElementsAre(PortRange{4791, 4792}));
}

TEST(Frames, OfAWireAreGre) {
  const Document document = expanded_frames(wire());
  const Policy* berlin = frame_policy(document, "network:lan7 frames of berlin");
  ASSERT_TRUE(berlin);
  EXPECT_THAT(berlin->protocols, ElementsAre(IPPROTO_GRE));
  EXPECT_THAT(berlin->ports, IsEmpty());
}

TEST(Frames, ComeWithNothingElse) {
  const Document document = expanded_frames(mesh());
  for (const Policy& policy : document.policies) {
    if (policy.action != Action::kAccept) continue;
    EXPECT_THAT(policy.name, HasSubstr("frames")) << "neither the gateway nor the internet";
  }
  EXPECT_THAT(document.masquerades, IsEmpty());
  EXPECT_THAT(document.vrfs.back().routes, IsEmpty());
  EXPECT_TRUE(document.zones[1].isolated);
}

TEST(Frames, OfAnEndpointWithAMaximumAreLimitedInEachDirection) {
  Network network = mesh();
  network.endpoints[0].maximum = 5'000'000;
  const auto limits = expanded_frames(network).limits;
  std::vector<std::string> names;
  for (const Limit& limit : limits) names.push_back(limit.name);
  EXPECT_THAT(names, ElementsAre("endpoint:lan7/berlin up", "endpoint:lan7/berlin down",
                                 "endpoint:lan7/berlin up, answered", "endpoint:lan7/berlin down, answered"));
  EXPECT_THAT(limits[0].source.prefixes, ElementsAre(net("10.100.0.2/32")));
  EXPECT_THAT(limits[1].from, ElementsAre("host"));
  EXPECT_THAT(limits[1].destination.prefixes, ElementsAre(net("10.100.0.2/32")));
  EXPECT_EQ(limits[3].direction, LimitDirection::kReply);
  EXPECT_THAT(limits[3].from, ElementsAre("lan7"));
}

TEST(Frames, TheClientMakesABridgeWithItsEndOfTheVxlan) {
  EXPECT_EQ(
      config_of_berlin(mesh()),
      "# network lan7, endpoint berlin, l2-mesh, VCID 12345678\n"
      "[Interface]\n"
      "# PrivateKey = (stays with the client: put it here)\n"
      "Address = 10.100.0.2/32\n"
      "MTU = 1420\n"
      "# The LAN is the bridge br-lan7. Frames of 1500 bytes pass; a packet of more than 1370 bytes goes\n"
      "# through the tunnel in fragments.\n"
      "PostUp = ip link add br-lan7 type bridge\n"
      "PostUp = ip link add vx7000-2 mtu 1500 type vxlan id 7000 local 10.100.0.2 remote 10.100.0.1 "
      "srcport 4791 4792 dstport 4791\n"
      "PostUp = ip link set vx7000-2 master br-lan7 up\n"
      "PostUp = ip link set br-lan7 up\n"
      "PostDown = ip link del vx7000-2\n"
      "PostDown = ip link del br-lan7\n"
      "\n"
      "[Peer]\n"
      "PublicKey = AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"
      "AllowedIPs = 10.100.0.1/32\n"
      "Endpoint = 192.0.2.1:51820\n"
      "PersistentKeepalive = 25\n");
}

TEST(Frames, OfASoleVlanHaveNoTagAtTheClient) {
  const std::string text = config_of_berlin(mesh({100}));
  EXPECT_THAT(text, HasSubstr("# VLAN 100, without a tag.\n"));
  EXPECT_THAT(text, HasSubstr("type vxlan id 7100 "));
  EXPECT_THAT(text, Not(HasSubstr("vlan_filtering")));
}

TEST(Frames, OfSeveralVlansAreInABridgeThatKnowsThem) {
  const std::string text = config_of_berlin(mesh({100, 101, 102, 200}));
  EXPECT_THAT(text, HasSubstr("# VLANs 100-102,200, with their tags.\n"));
  EXPECT_THAT(text, HasSubstr("ip link add br-lan7 type bridge vlan_filtering 1 vlan_default_pvid 0\n"));
  EXPECT_THAT(text,
              HasSubstr("PostUp = for vlan in {100..102} 200; do ip link add vx$((7000 + vlan))-2 mtu "
                        "1500 type vxlan id $((7000 + vlan)) local 10.100.0.2 remote 10.100.0.1 srcport "
                        "4791 4792 dstport 4791; done\n"));
  EXPECT_THAT(text, HasSubstr("do bridge vlan add dev vx$((7000 + vlan))-2 vid $vlan pvid untagged; done\n"));
  EXPECT_THAT(text, HasSubstr("do bridge vlan add dev br-lan7 vid $vlan self; done\n"));
}

TEST(Frames, OfAWireHaveAGretapAtTheClient) {
  const std::string text = config_of_berlin(wire({100, 101}));
  EXPECT_THAT(text,
              HasSubstr("PostUp = ip link add gt12345678-2 mtu 1500 type gretap local 10.100.0.2 remote "
                        "10.100.0.1 nopmtudisc ignore-df\n"));
  EXPECT_THAT(text, HasSubstr("more than 1382 bytes"));
  EXPECT_THAT(text, HasSubstr("# VLANs 100-101, with their tags.\n"));
}

TEST(Frames, NamesOfDevicesAreNeverTooLong) {
  Network network = mesh({4094});
  network.subnet = net("10.64.0.0/19");
  network.vni = 16'773'121;
  network.endpoints[0].address = ip("10.64.31.254");
  EXPECT_EQ(tunnel_ports(network, network.endpoints[0])[0].device, "vx16777215-8190");
  network.type = NetworkType::kL2PointToPoint;
  EXPECT_EQ(tunnel_ports(network, network.endpoints[0])[0].device, "gt12345678-8190");
}

TEST(Frames, VlansAreSpelledInRanges) {
  EXPECT_EQ(vlans_text({}), "");
  EXPECT_EQ(vlans_text({7}), "7");
  EXPECT_EQ(vlans_text({1, 2, 4, 6, 7, 8}), "1-2,4,6-8");
}

}   // namespace
}   // namespace sluice
