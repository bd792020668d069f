// SPDX-License-Identifier: GPL-2.0-or-later
// Ports that have an owner: sockets of the gateway, and hosts with a block of their own (RFC 7422).
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <map>

#include "base/unique_fd.hpp"
#include "support/answers.hpp"
#include "support/events.hpp"
#include "support/ports.hpp"

namespace sluice::test {
namespace {

class PortOwner : public PortsTest {
 protected:
  static UniqueFd bound_to(const char* address, uint16_t port, int type = SOCK_DGRAM) {
    UniqueFd fd(socket(AF_INET, type | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    inet_pton(AF_INET, address, &name.sin_addr);
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0) << port;
    if (type == SOCK_STREAM) {
      EXPECT_EQ(listen(fd.get(), 1), 0);
    }
    return fd;
  }
  void use_blocks(const std::string& pool, uint32_t per_host) {
    use_ports(fmt::format(R"("addresses": [{}], "ports": "2000-2399",
                             "deterministic": {{ "inside": "10.64.0.0/29", "ports_per_host": {} }})",
                          pool, per_host));
  }
};
ON_BOTH_HOOKS(PortOwner);

TEST_P(PortOwner, ASocketOfTheGatewayKeepsItsPort) {
  const UniqueFd udp_socket = bound_to(kWanAddress, 6000), any = bound_to("0.0.0.0", 6001);
  const UniqueFd tcp_socket = bound_to(kWanAddress, 6002, SOCK_STREAM);
  EXPECT_NE(udp(kInside, 6000).view().sport, 6000);
  EXPECT_NE(udp(kInside, 6001).view().sport, 6001);
  EXPECT_EQ(udp(kInside, 6002).view().sport, 6002) << "UDP has ports of its own";
  EXPECT_NE(from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{.sport = 6002}).view().sport, 6002);
}

TEST_P(PortOwner, NorIsItFoundBySearching) {
  use_ports(R"("ports": "6000-6003")");
  const UniqueFd first = bound_to(kWanAddress, 6000), third = bound_to(kWanAddress, 6002);
  ASSERT_EQ(udp(host(1), 7).what, "forwarded");
  ASSERT_EQ(udp(host(2), 7).what, "forwarded");
  EXPECT_EQ(udp(host(3), 7).what, "dropped: NO_PORTS");
  EXPECT_EQ(outside_ports(), (std::set<uint16_t>{6001, 6003}));
}

// RFC 4787 says nothing of it; a service that is started must work.
TEST_P(PortOwner, APortThatIsBoundLaterIsLostToNewFlowsOnly) {
  const View seen = udp(kInside, 6000).view();
  ASSERT_EQ(seen.sport, 6000);
  const UniqueFd service = bound_to(kWanAddress, 6000);
  const uint16_t other = udp(kInside, 6000, kOutside).view().sport;
  EXPECT_NE(other, 6000) << "a new flow of the same endpoint";
  EXPECT_EQ(udp(kInside, 6000, "198.51.100.8").view().sport, other) << "and all that follow";
  EXPECT_EQ(udp(kInside, 6000).view().sport, 6000) << "the old flow keeps what it has";
  EXPECT_EQ(from_wan(answer_to(seen)).what, "forwarded");
  end_all();
  EXPECT_TRUE(mapping_rows(lab, "nat_inside").empty());
  EXPECT_TRUE(outside_ports().empty());
}

TEST_P(PortOwner, TheGatewaysOwnPacketEndsTheFlowInItsWay) {
  ASSERT_EQ(udp(kInside, 6000).view().sport, 6000);
  const UniqueFd service = bound_to(kWanAddress, 6000);
  const Layers own = Ip4{.src = kWanAddress, .dst = kFar} / Udp{.sport = 6000};
  EXPECT_EQ(lab.leave(At::kWan, own).what, "from host");
  EXPECT_FALSE(find_flow(lab, "192.168.10.2:6000 > 198.51.100.7:53"));
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 53, .dport = 6000}).what, "to host");
  const Outcome again = udp(kInside, 6000);
  EXPECT_EQ(again.what, "forwarded");
  EXPECT_NE(again.view().sport, 6000);
}

// The socket is gone, and its flow is not yet.
TEST_P(PortOwner, AFlowOfTheGatewayKeepsItsPortTowardsItsPeer) {
  use_ports(R"("ports": "6000-6001")");
  ASSERT_EQ(lab.leave(At::kWan, Ip4{.src = kWanAddress, .dst = kFar} / Udp{.sport = 6000}).what, "from host");
  EXPECT_EQ(udp(kInside, 6000).view().sport, 6001);
}

TEST_P(PortOwner, AForwardThatComesLaterIsLostToNewFlowsOnly) {
  use_ports(R"("ports": "6000-6010")");
  ASSERT_EQ(udp(kInside, 6000).view().sport, 6000);
  apply_rules(
      R"("ports": "6000-6010")",
      R"({ "name": "one", "listen": "203.0.113.1", "protocol": "udp", "ports": 6000, "to": "192.168.10.3" })");
  EXPECT_EQ(udp(kInside, 6000).view().sport, 6000);
  EXPECT_NE(udp(kInside, 6000, kOutside).view().sport, 6000);
}

TEST_P(PortOwner, EachHostHasItsBlock) {
  use_blocks(R"("203.0.113.32", "203.0.113.33")", 100);
  for (uint32_t n = 0; n < 7; ++n) {
    const std::string from = fmt::format("10.64.0.{}", n);
    for (const uint16_t port : {1, 2000, 2399, 40000}) {
      const View seen = udp(from, port).view();
      EXPECT_EQ(seen.src, n < 4 ? "203.0.113.32" : "203.0.113.33") << from;
      EXPECT_EQ((seen.sport - 2000) / 100, n % 4) << from << " has " << seen.sport;
    }
  }
  (void)take_events(lab);
  EXPECT_EQ(udp("10.64.0.8", 7).what, "dropped: NO_PORTS") << "a host without a block";
  const auto events = take_events(lab);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, SL_EVENT_PORTS_EXHAUSTED);
  EXPECT_EQ(address_of(events[0].inside).to_string(), "10.64.0.8");
  EXPECT_EQ(udp(kInside, 7).what, "dropped: NO_PORTS");
}

TEST_P(PortOwner, ABlockIsUsedUpAndNoMore) {
  use_blocks(R"("203.0.113.32", "203.0.113.33")", 10);
  for (uint16_t n = 0; n < 10; ++n) ASSERT_EQ(udp("10.64.0.1", 100 + n).what, "forwarded");
  EXPECT_EQ(udp("10.64.0.1", 200).what, "dropped: NO_PORTS");
  EXPECT_EQ(outside_ports(),
            (std::set<uint16_t>{2010, 2011, 2012, 2013, 2014, 2015, 2016, 2017, 2018, 2019}));
  EXPECT_EQ(udp("10.64.0.2", 100).what, "forwarded");
}

TEST_P(PortOwner, PortsOfABlockDoNotRest) {
  use_blocks(R"("203.0.113.32")", 10);
  rest_for(1u << 20);
  for (uint16_t n = 0; n < 10; ++n) ASSERT_NE(answered("10.64.0.1", 100 + n), 0);
  end_all();
  EXPECT_EQ(resting(), 0u);
}

TEST_P(PortOwner, WhatWasMappedBeforeTheBlocksIsNotGivenToNewFlows) {
  use_ports(R"("addresses": ["203.0.113.32"], "ports": "2000-2399")");
  ASSERT_EQ(udp("10.64.0.1", 2300).view().sport, 2300);
  apply_rules(R"("addresses": ["203.0.113.32"], "ports": "2000-2399",
                 "deterministic": { "inside": "10.64.0.0/29", "ports_per_host": 10 })",
              "");
  const uint16_t port = udp("10.64.0.1", 2300, kOutside).view().sport;
  EXPECT_TRUE(port >= 2010 && port < 2020) << port;
}

}   // namespace
}   // namespace sluice::test
