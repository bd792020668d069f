// SPDX-License-Identifier: GPL-2.0-or-later
// What an endpoint is told, and that WireGuard's own tools take it.
#include <gtest/gtest.h>

#include <cstdlib>

#include "../support/state_directory.hpp"
#include "base/file.hpp"
#include "network/client_config.hpp"
#include "network_fixture.hpp"

namespace sluice {
namespace {

using test::home;
using test::ip;
using test::key_of;
using test::net;
using test::phone;

ClientSide side_of_home() {
  return {.gateway_key = key_of(1), .endpoint = "192.0.2.1:51820", .private_key = key_of(2)};
}

Network office_network() {
  Network network = home();
  network.name = "office";
  network.type = NetworkType::kRemoteResource;
  return network;
}

// "Key = value" of the text's line for it; empty: there is none.
std::string value_of_key(std::string_view key, const std::string& text) {
  const std::string start = "\n" + std::string(key) + " = ";
  const size_t at = text.find(start);
  if (at == std::string::npos) return {};
  return text.substr(at + start.size(), text.find('\n', at + start.size()) - at - start.size());
}

TEST(ClientConfig, HasAllThatAPhoneNeeds) {
  Network network = home();
  network.dns = {ip("10.100.0.1"), ip("2001:db8:100::1")};
  ClientSide side = side_of_home();
  side.endpoint = "vpn.example.org:51820";
  side.preshared_key = key_of(3);
  EXPECT_EQ(client_config(network, phone(), side),
            "# network home, endpoint phone, secure-internet, VCID 12345678\n"
            "[Interface]\n"
            "PrivateKey = AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n"
            "Address = 10.100.0.2/32, 2001:db8:100::2/128\n"
            "DNS = 10.100.0.1, 2001:db8:100::1\n"
            "MTU = 1420\n"
            "\n"
            "[Peer]\n"
            "PublicKey = AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"
            "PresharedKey = AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=\n"
            "AllowedIPs = 0.0.0.0/0, ::/0\n"
            "Endpoint = vpn.example.org:51820\n"
            "PersistentKeepalive = 25\n");
}

TEST(ClientConfig, AKeyThatStaysWithTheClientIsACommentThatSaysWhere) {
  ClientSide side = side_of_home();
  side.private_key.reset();
  const std::string text = client_config(home(), phone(), side);
  EXPECT_EQ(value_of_key("PrivateKey", text), "");
  EXPECT_TRUE(text.contains("[Interface]\n# PrivateKey = (stays with the client: put it here)\nAddress"))
      << text;
}

TEST(ClientConfig, AnEndpointWithIpv4AloneIsToldNothingOfIpv6) {
  Network network = home();
  network.dns = {ip("2001:db8:100::1")};
  NetworkEndpoint endpoint = phone();
  endpoint.address6.reset();
  const std::string text = client_config(network, endpoint, side_of_home());
  EXPECT_EQ(value_of_key("Address", text), "10.100.0.2/32");
  EXPECT_EQ(value_of_key("AllowedIPs", text), "0.0.0.0/0");
  EXPECT_EQ(value_of_key("DNS", text), "") << "it could not be asked";
}

TEST(ClientConfig, OfARemoteResourceNetworkExactlyTheResourcesAreRouted) {
  ClientSide side = side_of_home();
  side.resources = {net("2001:db8:5::/48"), net("192.0.2.128/25"), net("198.51.100.0/24"),
                    net("192.0.2.128/25")};
  EXPECT_EQ(value_of_key("AllowedIPs", client_config(office_network(), phone(), side)),
            "192.0.2.128/25, 198.51.100.0/24, 2001:db8:5::/48");
  NetworkEndpoint ipv6_alone = phone();
  ipv6_alone.address.reset();
  EXPECT_EQ(value_of_key("AllowedIPs", client_config(office_network(), ipv6_alone, side)), "2001:db8:5::/48");
}

TEST(ClientConfig, WherePeersMayTalkTheirSubnetsAreRoutedToo) {
  Network network = office_network();
  network.peers_may_talk = true;
  ClientSide side = side_of_home();
  side.resources = {net("192.0.2.128/25")};
  EXPECT_EQ(value_of_key("AllowedIPs", client_config(network, phone(), side)),
            "10.100.0.0/29, 192.0.2.128/25, 2001:db8:100::/64");
  network.type = NetworkType::kSecureInternet;
  EXPECT_EQ(value_of_key("AllowedIPs", client_config(network, phone(), side)), "0.0.0.0/0, ::/0");
}

// Berlin has 10.2.0.0/16 behind it, Paris 10.3.0.0/16 and an IPv6 network.
Network told_sites() {
  Network network = home();
  network.type = NetworkType::kL3vpn;
  NetworkEndpoint berlin;
  berlin.name = "berlin";
  berlin.type = EndpointType::kCpe;
  berlin.address = ip("10.100.0.2");
  berlin.routes = {net("10.2.0.0/16")};
  NetworkEndpoint paris = berlin;
  paris.name = "paris";
  paris.type = EndpointType::kGateway;
  paris.address = ip("10.100.0.3");
  paris.routes = {net("10.3.0.0/16"), net("2001:db8:3::/48")};
  paris.disabled = true;
  network.endpoints = {berlin, paris};
  return network;
}

TEST(ClientConfig, ASiteIsToldTheOtherSitesTheSubnetsAndTheResources) {
  const Network network = told_sites();
  ClientSide side = side_of_home();
  side.resources = {net("192.0.2.128/25")};
  EXPECT_EQ(value_of_key("AllowedIPs", client_config(network, network.endpoints[0], side)),
            "10.3.0.0/16, 10.100.0.0/29, 192.0.2.128/25")
      << "also of a site that is out, and no IPv6, which nobody in Berlin has";
  EXPECT_EQ(value_of_key("AllowedIPs", client_config(network, network.endpoints[1], side)),
            "10.2.0.0/16, 10.100.0.0/29, 192.0.2.128/25, 2001:db8:100::/64");
}

TEST(ClientConfig, ASiteThatIsCalledListens) {
  Network network = told_sites();
  NetworkEndpoint& paris = network.endpoints[1];
  paris.dial = parse_endpoint("198.51.100.7:51900");
  const std::string text = client_config(network, paris, side_of_home());
  EXPECT_EQ(value_of_key("ListenPort", text), "51900");
  EXPECT_TRUE(text.starts_with("# network home, endpoint paris, l3vpn, VCID")) << text;
}

TEST(ClientConfig, WithoutAnythingToReachThereIsNoLineForIt) {
  EXPECT_FALSE(client_config(office_network(), phone(), side_of_home()).contains("AllowedIPs"));
}

TEST(ClientConfig, KeepaliveIsWhatTheDocumentSaysOr25SecondsBehindANat) {
  NetworkEndpoint endpoint = phone();
  const auto keepalive = [&] {
    return value_of_key("PersistentKeepalive", client_config(home(), endpoint, side_of_home()));
  };
  EXPECT_EQ(keepalive(), "25");
  endpoint.type = EndpointType::kCpe;
  EXPECT_EQ(keepalive(), "25");
  endpoint.type = EndpointType::kGateway;
  EXPECT_EQ(keepalive(), "");
  endpoint.keepalive = std::chrono::seconds(60);
  EXPECT_EQ(keepalive(), "60");
}

TEST(ClientConfig, WhoIsCalledListensAtThePortThatIsCalled) {
  NetworkEndpoint endpoint = phone();
  endpoint.dial = parse_endpoint("198.51.100.7:51900");
  ClientSide side = side_of_home();
  side.endpoint.clear();
  const std::string text = client_config(home(), endpoint, side);
  EXPECT_EQ(value_of_key("ListenPort", text), "51900");
  EXPECT_EQ(value_of_key("Endpoint", text), "") << "it has nothing to call";
}

class ClientConfigFile : public test::StateDirectoryTest {
 protected:
  std::string content(const char* name) const { return read_file(dir_ / name, 10'000).value(); }
  int run(const std::string& command) const {
    return std::system(("cd '" + dir_.native() + "' && " + command).c_str());
  }

  // What wg(8) says when it is to give the configuration to a device that is not there. It reads the file
  // first.
  std::string complaint_of_wg(const std::string& text) const {
    EXPECT_TRUE(write_file_atomically(dir_ / "phone.conf", text, 0600));
    EXPECT_EQ(run("wg-quick strip ./phone.conf > bare 2> err"), 0);
    EXPECT_EQ(content("err"), "");
    for (const char* of_wg_quick : {"Address", "DNS", "MTU"})
      EXPECT_FALSE(content("bare").contains(of_wg_quick));
    EXPECT_NE(run("wg setconf nosuchdevice bare 2> err"), 0);
    return content("err");
  }
};

// berlin alone can be called.
Network three_sites() {
  Network network = home();
  network.type = NetworkType::kL3vpn;
  network.is_direct = true;
  uint8_t number = 2;
  for (const char* name : {"berlin", "paris", "rome"}) {
    NetworkEndpoint site;
    site.name = name;
    site.type = EndpointType::kGateway;
    site.address = ip("10.100.0.1").plus(number - 1);
    site.routes = {net("10." + std::to_string(number) + ".0.0/16")};
    site.public_key = key_of(number++);
    network.endpoints.push_back(std::move(site));
  }
  network.endpoints[0].dial = parse_endpoint("192.0.2.7:51900");
  return network;
}

TEST(ClientConfig, SitesThatMeetDirectlyArePeersOfEachOther) {
  const Network network = three_sites();
  EXPECT_TRUE(client_config(network, network.endpoints[1], side_of_home())
                  .ends_with("AllowedIPs = 10.4.0.0/16, 10.100.0.0/29\n"
                             "Endpoint = 192.0.2.1:51820\n"
                             "\n# site berlin\n[Peer]\n"
                             "PublicKey = AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n"
                             "AllowedIPs = 10.2.0.0/16, 10.100.0.2/32\n"
                             "Endpoint = 192.0.2.7:51900\n"
                             "PersistentKeepalive = 25\n"));
  const std::string called = client_config(network, network.endpoints[0], side_of_home());
  EXPECT_NE(called.find("\nListenPort = 51900\n"), std::string::npos);
  EXPECT_TRUE(
      called.ends_with("\n# site rome\n[Peer]\n"
                       "PublicKey = BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=\n"
                       "AllowedIPs = 10.4.0.0/16, 10.100.0.4/32\n"));
}

TEST(ClientConfig, ASiteThatIsOutMeetsNobodyDirectly) {
  Network network = three_sites();
  network.endpoints[0].expires = std::chrono::sys_seconds(std::chrono::seconds(1000));
  ClientSide side = side_of_home();
  const auto sites_of_paris = [&] { return client_config(network, network.endpoints[1], side); };
  EXPECT_NE(sites_of_paris().find("# site berlin"), std::string::npos);
  side.now = *network.endpoints[0].expires;
  EXPECT_EQ(sites_of_paris().find("# site"), std::string::npos);
}

TEST(ClientConfig, WhileAKeyIsExchangedOtherSitesHaveTheOldOne) {
  Network network = three_sites();
  network.endpoints[0].rotation = KeyRotation{key_of(1), key_of(2)};
  EXPECT_NE(client_config(network, network.endpoints[1], side_of_home())
                .find("# site berlin\n[Peer]\nPublicKey = AQEB"),
            std::string::npos);
}

TEST(ClientConfig, TheHistoryKeepsASumOfManySites) {
  Network network = three_sites();
  for (uint8_t i = 0; i < 40; ++i) {
    NetworkEndpoint more = network.endpoints[2];
    more.name = "site" + std::to_string(i);
    more.public_key = key_of(100 + i);
    more.dial = parse_endpoint("192.0.2.8:51900");
    network.endpoints.push_back(std::move(more));
  }
  ClientSide side = side_of_home();
  side.is_kept = true;
  const std::string before = client_config(network, network.endpoints[1], side);
  EXPECT_NE(before.find("# 41 sites, which are not kept: "), std::string::npos);
  network.endpoints.back().public_key = key_of(99);
  EXPECT_NE(client_config(network, network.endpoints[1], side), before);
}

TEST_F(ClientConfigFile, IsTakenByWireguardsOwnTools) {
  if (std::system("command -v wg-quick > /dev/null") != 0) GTEST_SKIP() << "wireguard-tools is not installed";
  const auto is_read = [&](const std::string& text) {
    return complaint_of_wg(text).starts_with("Unable to modify interface");
  };
  Network network = home();
  network.dns = {ip("10.100.0.1")};
  ClientSide side = side_of_home();
  side.preshared_key = key_of(3);
  EXPECT_TRUE(is_read(client_config(network, phone(), side)));
  side.private_key.reset();
  side.resources = {net("192.0.2.128/25"), net("2001:db8:5::/48")};
  EXPECT_TRUE(is_read(client_config(office_network(), phone(), side)));
  side.endpoint = "[2001:db8::1]:51820";
  side.resources.clear();
  EXPECT_TRUE(is_read(client_config(office_network(), phone(), side)));
  const Network sites = three_sites();
  EXPECT_TRUE(is_read(client_config(sites, sites.endpoints[0], side_of_home())));
  EXPECT_FALSE(is_read(client_config(network, phone(), side) + "Unheard = of\n"));
}

}   // namespace
}   // namespace sluice
