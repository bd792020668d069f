// SPDX-License-Identifier: GPL-2.0-or-later
// Where the ends of a flow are, by the routes of a real kernel.
#include <gtest/gtest.h>

#include "../bpf/support/devices.hpp"
#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "engine/nft/flow_places.hpp"
#include "kernel/netlink/addresses.hpp"

namespace sluice {
namespace {

using test::ip;

struct TwoNetworks {
  RtnlSocket rtnl = RtnlSocket::open().value();
  uint32_t lan = test::make_device("lan").value(), wan = test::make_device("wan").value();

  TwoNetworks() {
    add("lan", lan, "192.168.10.1/24");
    add("wan", wan, "203.0.113.1/24");
    EXPECT_TRUE(test::add_route("198.51.100.0/24", "203.0.113.9", "wan"));
  }
  void add(const std::string& device, uint32_t index, std::string_view address) {
    EXPECT_TRUE(add_address(rtnl, device, index, InterfaceAddress::parse(address).value()));
  }
  FlowState placed(FlowState flow) {
    RouteCache routes(rtnl);
    EXPECT_TRUE(find_interfaces(flow, routes));
    return flow;
  }
};

FlowState flow(std::string_view source, std::string_view asked, std::string_view answers) {
  FlowState flow;
  flow.original.source = ip(source);
  flow.original.destination = ip(asked);
  flow.reply.source = ip(answers);
  flow.zone_in = 1;
  flow.zone_out = 2;
  return flow;
}

TEST_IN_NETWORK(FlowPlaces, AreWhereTheRoutesLead) {
  TwoNetworks lab;
  const FlowState out = lab.placed(flow("192.168.10.2", "198.51.100.7", "198.51.100.7"));
  EXPECT_EQ(out.ifindex_in, lab.lan);
  EXPECT_EQ(out.ifindex_out, lab.wan);
}

TEST_IN_NETWORK(FlowPlaces, OfAForwardAreThoseOfItsTarget) {
  TwoNetworks lab;
  const FlowState forwarded = lab.placed(flow("198.51.100.7", "203.0.113.1", "192.168.10.2"));
  EXPECT_EQ(forwarded.ifindex_in, lab.wan);
  EXPECT_EQ(forwarded.ifindex_out, lab.lan);
}

TEST_IN_NETWORK(FlowPlaces, TheGatewayHasNone) {
  TwoNetworks lab;
  FlowState to_host = flow("192.168.10.2", "192.168.10.1", "192.168.10.1");
  to_host.zone_out = 0;
  EXPECT_EQ(lab.placed(to_host).ifindex_in, lab.lan);
  EXPECT_EQ(lab.placed(to_host).ifindex_out, 0u);
  FlowState own = flow("203.0.113.1", "198.51.100.7", "198.51.100.7");
  own.zone_in = 0;
  EXPECT_EQ(lab.placed(own).ifindex_in, 0u);
  EXPECT_EQ(lab.placed(own).ifindex_out, lab.wan);
}

TEST_IN_NETWORK(FlowPlaces, OfNoKnownZoneTheGatewayIsWhereItsAddressIs) {
  TwoNetworks lab;
  FlowState to_host = flow("192.168.10.2", "192.168.10.1", "192.168.10.1");
  to_host.zone_in = to_host.zone_out = kUnknownZone;
  const FlowState placed = lab.placed(to_host);
  EXPECT_EQ(placed.ifindex_in, lab.lan);
  EXPECT_EQ(placed.zone_in, kUnknownZone);
  EXPECT_EQ(placed.ifindex_out, 0u);
  EXPECT_EQ(placed.zone_out, 0u);
}

TEST_IN_NETWORK(FlowPlaces, WithoutARouteThereIsNone) {
  TwoNetworks lab;
  EXPECT_EQ(lab.placed(flow("192.0.2.1", "198.51.100.7", "198.51.100.7")).ifindex_in, 0u);
}

TEST(FlowPlacesOfZones, TheOnlyOneOfItsZoneIsWhereItCameIn) {
  NumberedRules rules;
  for (const auto& [index, zone] : {std::pair(3u, 1), {4u, 2}, {5u, 2}}) {
    sl_interface row{};
    row.zone = static_cast<uint16_t>(zone);
    rules.interfaces.emplace_back(index, row);
  }
  const auto placed = [&](uint16_t zone, uint32_t index) {
    FlowState state;
    state.zone_in = zone;
    state.ifindex_in = index;
    keep_to_zone(state, rules);
    return state.ifindex_in;
  };
  EXPECT_EQ(placed(1, 4), 3u) << "the route to its source leads elsewhere";
  EXPECT_EQ(placed(2, 5), 5u);
  EXPECT_EQ(placed(2, 3), 0u) << "one of two";
  EXPECT_EQ(placed(0, 0), 0u) << "the gateway";
}

}   // namespace
}   // namespace sluice
