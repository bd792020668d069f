// SPDX-License-Identifier: GPL-2.0-or-later
// Whose an address is among the endpoints of networks, and whom a limit by endpoints concerns.
#include <gtest/gtest.h>

#include "model/endpoints.hpp"
#include "network_fixture.hpp"

namespace sluice::test {
namespace {

Document with_two_networks() {
  Document document;
  Network first = home(), second = home();
  second.name = "office";
  for (Network* network : {&first, &second}) {
    network->zone = network->vrf = network->name;
    network->device = "wg-" + network->name;
    network->endpoints = {phone()};
    Vrf vrf;
    vrf.name = network->name;
    vrf.table = static_cast<uint16_t>(20'000 + document.vrfs.size());
    document.vrfs.push_back(std::move(vrf));
    document.networks.push_back(*network);
  }
  NetworkEndpoint site;
  site.name = "site";
  site.address = ip("10.100.0.3");
  site.routes = {net("10.2.0.0/16"), net("10.100.0.0/16")};
  document.networks[1].endpoints.push_back(site);
  return document;
}

std::string name_at(const Document& document, uint16_t vrf, std::string_view address) {
  const auto one = endpoint_at(document, vrf, ip(address));
  return one ? full_name(*one) : "";
}

TEST(Endpoints, AnAddressIsThatOfTheNetworkInItsVrf) {
  const Document document = with_two_networks();
  EXPECT_EQ(name_at(document, 20'000, "10.100.0.2"), "home/phone");
  EXPECT_EQ(name_at(document, 20'001, "10.100.0.2"), "office/phone");
  EXPECT_EQ(name_at(document, 20'001, "2001:db8:100::2"), "office/phone");
  EXPECT_EQ(name_at(document, 0, "10.100.0.2"), "");
  EXPECT_EQ(name_at(document, 20'000, "10.100.0.3"), "");
}

TEST(Endpoints, OrOfWhoHasTheLongestPrefixBehindIt) {
  const Document document = with_two_networks();
  EXPECT_EQ(name_at(document, 20'001, "10.2.3.4"), "office/site");
  EXPECT_EQ(name_at(document, 20'001, "10.100.0.2"), "office/phone") << "and not of whose /16 holds it";
  EXPECT_EQ(name_at(document, 20'001, "10.100.0.9"), "office/site");
}

TEST(Endpoints, AreCalledByNetworkAndName) {
  const Document document = with_two_networks();
  EXPECT_EQ(endpoint_called(document, "office/phone")->network->name, "office");
  for (const char* wrong : {"phone", "home/site", "/phone", "home/", "home/phone/x"})
    EXPECT_FALSE(endpoint_called(document, wrong)) << wrong;
}

TEST(Endpoints, ALimitIsOfTheSideThatHasEndpointsAlone) {
  const Document document = with_two_networks();
  const auto side = [&](std::vector<std::string> from, std::vector<std::string> to) {
    Limit limit;
    limit.from = std::move(from);
    limit.to = std::move(to);
    return side_of(limit, document);
  };
  EXPECT_EQ(side({"home", "office"}, {}), EndpointSide::kSource);
  EXPECT_EQ(side({"home"}, {"office"}), EndpointSide::kSource) << "who began the flow";
  EXPECT_EQ(side({"lan"}, {"office"}), EndpointSide::kDestination);
  EXPECT_EQ(side({}, {"office"}), EndpointSide::kDestination);
  EXPECT_EQ(side({}, {}), EndpointSide::kNone);
  EXPECT_EQ(side({"home", "lan"}, {}), EndpointSide::kNone) << "lan has no endpoints";
}

}   // namespace
}   // namespace sluice::test
