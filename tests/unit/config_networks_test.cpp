// SPDX-License-Identifier: GPL-2.0-or-later
// What networks of an accepted document become.
#include <algorithm>

#include "base/text.hpp"
#include "config/config.hpp"
#include "config_corpus.hpp"

namespace sluice {
namespace {

Document read_networks_of(const std::string& text) {
  return check_document(text, "test.json").value().document;
}

const Document& all_networks() {
  static const Document document = read_networks_of(test::text_of(test::kDocuments / "good/networks.json"));
  return document;
}

std::string sole_network(const std::string& rest) {
  return R"({ "version": 1, "networks": { "home": { "type": "secure-internet")" + rest + " } } }";
}

TEST(Networks, WhatIsLeftOutIsLeftToTheAllocation) {
  const Document document = read_networks_of(sole_network(""));
  ASSERT_EQ(document.networks.size(), 1u);
  const Network& home = document.networks[0];
  EXPECT_EQ(home.name, "home");
  EXPECT_EQ(home.type, NetworkType::kSecureInternet);
  EXPECT_EQ(home.expected_users, 6);
  EXPECT_EQ(home.zone, "home");
  EXPECT_EQ(home.vrf, "home");
  EXPECT_TRUE(home.device.empty());
  EXPECT_TRUE(home.endpoint.empty());
  EXPECT_TRUE(home.internet.empty());
  EXPECT_FALSE(home.subnet || home.subnet6 || home.port || home.vcid || home.mtu || home.table);
  EXPECT_FALSE(home.peers_may_talk);
  EXPECT_EQ(home.line, 1);
}

TEST(Networks, HaveAContainerWithoutTheKeyWireguard) {
  const WireguardSettings wireguard = read_networks_of(sole_network("")).wireguard;
  EXPECT_EQ(wireguard.ports, (PortRange{51820, 51829}));
  EXPECT_EQ(wireguard.subnets.to_string(), "10.100.0.0/16");
  EXPECT_EQ(wireguard.subnets6.to_string(), "fd00:100::/48");
  EXPECT_EQ(wireguard.backend, WireguardBackend::kAuto);
}

TEST(Networks, AreInTheContainerThatTheDocumentSays) {
  const WireguardSettings& wireguard = all_networks().wireguard;
  EXPECT_EQ(wireguard.ports, (PortRange{51820, 51820}));
  EXPECT_EQ(wireguard.subnets.to_string(), "10.64.0.0/10");
  EXPECT_EQ(wireguard.subnets6.to_string(), "fd00:1::/32");
  EXPECT_EQ(wireguard.backend, WireguardBackend::kUserspace);
  EXPECT_GT(wireguard.line, 0);
}

TEST(Networks, AreReadWithAllTheirKeys) {
  const Network& home = all_networks().networks[0];
  EXPECT_EQ(home.expected_users, 254);
  EXPECT_EQ(home.subnet.value().to_string(), "10.100.0.0/30");
  EXPECT_EQ(home.subnet6.value().to_string(), "fd00:100::/126");
  EXPECT_EQ(home.port, 51820);
  EXPECT_EQ(home.vcid, 10000000u);
  EXPECT_EQ(home.mtu, 1280u);
  EXPECT_EQ(home.endpoint, "vpn.example.org:51820");
  EXPECT_TRUE(home.peers_may_talk);
  ASSERT_EQ(home.dns.size(), 2u);
  EXPECT_EQ(home.dns[1].to_string(), "2001:db8::53");
  EXPECT_EQ(home.internet, "internet");
}

TEST(Networks, HaveResourcesOfTextsAndObjects) {
  const Network& staff = all_networks().networks[1];
  EXPECT_EQ(staff.type, NetworkType::kRemoteResource);
  EXPECT_EQ(staff.vrf, "staff-net");
  ASSERT_EQ(staff.resources.size(), 5u);
  EXPECT_EQ(staff.resources[0].to.prefixes[0].to_string(), "192.168.10.0/24");
  EXPECT_EQ(staff.resources[2].to.sets, std::vector<std::string>{"servers"});
  EXPECT_TRUE(staff.resources[3].protocols.empty());
  EXPECT_EQ(staff.resources[4].to.sets, std::vector<std::string>{"servers"});
  EXPECT_EQ(staff.resources[4].to.prefixes[0].to_string(), "192.168.10.2/32");
  EXPECT_EQ(staff.resources[4].protocols, (std::vector<uint8_t>{6, 17}));
  EXPECT_EQ(staff.resources[4].ports, (std::vector<PortRange>{{8000, 8010}, {80, 80}}));
}

TEST(Networks, OfSitesHaveWhatIsBehindThemAndResources) {
  const Network sites =
      read_networks_of(test::text_of(test::kDocuments / "good/network-l3vpn.json")).networks[0];
  EXPECT_EQ(sites.type, NetworkType::kL3vpn);
  EXPECT_EQ(to_string(sites.type), "l3vpn");
  EXPECT_FALSE(sites.peers_may_talk);
  EXPECT_EQ(sites.resources.size(), 3u);
  EXPECT_EQ(sites.endpoints[0].routes[1].to_string(), "2001:db8:2::/48");
}

TEST(Networks, OfFramesHaveVlansVnisAndDevices) {
  const auto networks = read_networks_of(test::text_of(test::kDocuments / "good/network-l2.json")).networks;
  const Network &wire = networks[0], &mesh = networks[1], &plain = networks[2];
  EXPECT_EQ(to_string(wire.type), "l2-point-to-point");
  EXPECT_EQ(wire.vlans, (std::vector<uint16_t>{100, 101, 102, 200}));
  EXPECT_EQ(wire.attach, (std::vector<std::string>{"eth3", "eth4"}));
  EXPECT_EQ(wire.endpoints[0].mac_limit, 4096u);
  EXPECT_EQ(wire.endpoints[1].mac_limit, 64u);
  EXPECT_EQ(to_string(mesh.type), "l2-mesh");
  EXPECT_EQ(vnis_of(mesh), (std::vector<uint32_t>{7101, 7102, 7103, 7104}));
  EXPECT_EQ(plain.vlans, std::vector<uint16_t>{4094});
  EXPECT_FALSE(plain.vni);
}

TEST(Networks, OfSitesMayHaveBgpWithNumbersAndLimits) {
  const auto networks =
      read_networks_of(test::text_of(test::kDocuments / "good/network-l3vpn.json")).networks;
  EXPECT_EQ(to_string(networks[0].routing.protocol), "static");
  const Network& border = networks[1];
  EXPECT_EQ(to_string(border.routing.protocol), "bgp");
  EXPECT_EQ(border.routing.asn, 65'001u);
  EXPECT_EQ(border.endpoints[0].asn, 4'200'000'000u);
  EXPECT_EQ(border.endpoints[0].maximum_prefixes, 20u);
  EXPECT_FALSE(border.endpoints[1].asn);
  EXPECT_EQ(border.endpoints[1].maximum_prefixes, kMaximumPrefixes);
}

TEST(Networks, AreZonesOfTheDocumentInTheOrderOfTheText) {
  std::vector<std::string> names;
  for (const Zone& zone : all_networks().zones) names.push_back(zone.name);
  EXPECT_EQ(names, (std::vector<std::string>{"internet", "lan", "red", "home", "staff", "one", "none"}));
  EXPECT_EQ(all_networks().vrfs.size(), 1u) << "their VRFs are no VRFs of the document";
}

TEST(NetworkEndpoints, AreReadWithAllTheirKeys) {
  const NetworkEndpoint& phone = all_networks().networks[0].endpoints[0];
  EXPECT_EQ(phone.name, "phone");
  EXPECT_EQ(phone.type, EndpointType::kMobile);
  EXPECT_EQ(to_string(phone.public_key.value()), "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=");
  EXPECT_EQ(phone.preshared_key_file, "phone.psk");
  EXPECT_EQ(phone.address.value().to_string(), "10.100.0.2");
  EXPECT_EQ(phone.address6.value().to_string(), "fd00:100::2");
  EXPECT_EQ(rfc3339(phone.expires.value()), "2099-12-31T21:59:59Z");
  EXPECT_TRUE(phone.disabled);
  EXPECT_EQ(phone.maximum, 50'000'000u);
  EXPECT_EQ(phone.keepalive, std::chrono::seconds(0));
}

TEST(NetworkEndpoints, OfRoutersHaveNetworksBehindThem) {
  const NetworkEndpoint& box = all_networks().networks[0].endpoints[1];
  EXPECT_EQ(box.type, EndpointType::kCpe);
  EXPECT_FALSE(box.public_key);
  EXPECT_EQ(box.key_file, "/etc/keys/box.key");
  EXPECT_EQ(to_string(box.dial.value()), "[2001:db8::7]:51820");
  ASSERT_EQ(box.routes.size(), 2u);
  EXPECT_EQ(box.routes[1].to_string(), "10.3.0.0/16");
  EXPECT_EQ(box.keepalive, std::chrono::seconds(25));
  EXPECT_GT(box.line, 0);
}

TEST(Networks, AnEndpointIsAHostOrAnAddressWithOrWithoutAPort) {
  for (const std::string dialled :
       {"gateway", "vpn.example.org", "vpn.example.org:1", "10.example:65535", "203.0.113.1",
        "203.0.113.1:51820", "[2001:db8::1]", "[2001:db8::1]:51820"}) {
    const Document document = read_networks_of(sole_network(R"(, "endpoint": ")" + dialled + '"'));
    EXPECT_EQ(document.networks[0].endpoint, dialled);
  }
}

TEST(Networks, AHostNameHas253CharactersAtMostAndLabelsOf63) {
  const std::string label(63, 'a'), name = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
  const auto check = [](const std::string& host) {
    return check_document(sole_network(R"(, "endpoint": ")" + host + '"'), "test.json").has_value();
  };
  EXPECT_TRUE(check(name));
  EXPECT_TRUE(check(name + ":51820"));
  EXPECT_FALSE(check(name + "a"));
  EXPECT_FALSE(check(label + "a.example"));
}

TEST(Networks, AThousandEndpointsAreComparedQuickly) {
  std::string endpoints;
  for (int i = 2; i < 1002; ++i) {
    const IpAddress address = IpAddress::parse("10.100.0.0").value().plus(static_cast<uint64_t>(i));
    endpoints += (i > 2 ? ", \"e" : "\"e") + std::to_string(i) + R"(": { "type": "cpe", "address": ")" +
                 address.to_string() + R"(", "routes": ["10.)" + std::to_string(110 + i / 256) + '.' +
                 std::to_string(i % 256) + R"(.0/24"] })";
  }
  const Document document =
      read_networks_of(sole_network(R"(, "subnet": "10.100.0.0/22", "endpoints": {)" + endpoints + "}"));
  EXPECT_EQ(document.networks[0].endpoints.size(), 1000u);
}

}   // namespace
}   // namespace sluice
