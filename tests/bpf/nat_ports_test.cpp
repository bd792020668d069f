// SPDX-License-Identifier: GPL-2.0-or-later
// Which outside endpoint a masqueraded flow gets (RFC 4787, RFC 6056).
#include <fmt/format.h>

#include <algorithm>

#include "support/answers.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

class NatPorts : public HookTest {
 protected:
  // Host number n of those behind the inside router.
  static std::string host(uint32_t n) { return fmt::format("10.64.{}.{}", n / 250, 1 + n % 250); }

  Outcome udp(const std::string& from, uint16_t port, const char* to = kFar) {
    return from_lan(Ip4{.src = from, .dst = to} / Udp{.sport = port});
  }
  void use_masquerade(const std::string& more) {
    use({R"({ "name": "all", "from": "lan", "to": "internet", "action": "accept" })",
         R"({ "name": "out", "from": "lan", "to": "internet")" + more + "}", "", home_rules().forwards, ""});
  }
  std::vector<std::string> mappings() {
    std::vector<std::string> all;
    const auto rows = lab.engine().mappings().value();
    for (const MappingState& m : rows)
      all.push_back(fmt::format("{}:{} as {}:{}, {} flows", m.inside.to_string(), m.inside_port,
                                m.outside.to_string(), m.outside_port, m.flows));
    return all;
  }
};
ON_BOTH_HOOKS(NatPorts);

TEST_P(NatPorts, OneMappingForAllDestinations) {
  EXPECT_EQ(udp(kInside, 1111).view().route(), "203.0.113.1:1111 > 198.51.100.7:53");
  EXPECT_EQ(udp(kInside, 1111, kOutside).view().route(), "203.0.113.1:1111 > 203.0.113.9:53");
  EXPECT_EQ(mappings(), (std::vector<std::string>{"192.168.10.2:1111 as 203.0.113.1:1111, 2 flows"}));
}

TEST_P(NatPorts, ATakenPortIsNotGivenTwiceWhateverTheDestination) {
  ASSERT_EQ(udp(kInside, 2222).view().sport, 2222);
  const View second = udp(kSecond, 2222, kOutside).view();
  EXPECT_EQ(second.src, kWanAddress);
  EXPECT_NE(second.sport, 2222);
  EXPECT_EQ(udp(kSecond, 2222).view().sport, second.sport) << "the second host keeps what it got, too";
}

TEST_P(NatPorts, ProtocolsHavePortsOfTheirOwn) {
  EXPECT_EQ(udp(kInside, 3333).view().sport, 3333);
  EXPECT_EQ(from_lan(Ip4{.src = kSecond, .dst = kFar} / Tcp{.sport = 3333}).view().sport, 3333);
  EXPECT_EQ(from_lan(Ip4{.src = kSecond, .dst = kFar} / Echo{.id = 3333}).view().icmp_id, 3333);
}

TEST_P(NatPorts, PortsOfForwardsAreNeverGivenOut) {
  EXPECT_NE(udp(kInside, 30005).view().sport, 30005) << "the forward game listens there";
  EXPECT_EQ(udp(kInside, 30011).view().sport, 30011) << "just behind it";
}

TEST_P(NatPorts, OnlyPortsOfTheDocument) {
  use_masquerade(R"(, "ports": "50000-50063")");
  for (uint16_t port = 1; port < 60; ++port) {
    const uint16_t given = udp(kInside, port).view().sport;
    EXPECT_TRUE(given >= 50000 && given <= 50063) << given;
  }
}

// "The search finds a free port as long as there is one."
TEST_P(NatPorts, TheLastFreePortIsFound) {
  for (const uint16_t size : {1, 2, 15, 63, 64, 105}) {
    use_masquerade(fmt::format(R"(, "ports": "50000-{}")", 50000 + size - 1));
    std::set<uint16_t> given;
    for (uint32_t n = 0; n < size; ++n) {
      const Outcome outcome = udp(host(n), 7);
      ASSERT_EQ(outcome.what, "forwarded") << "host " << n << " of " << size;
      given.insert(outcome.view().sport);
    }
    EXPECT_EQ(given.size(), size);
    EXPECT_EQ(udp(host(size), 7).what, "dropped: NO_PORTS");
  }
}

TEST_P(NatPorts, ARefusedFlowLeavesNothingBehind) {
  use_masquerade(R"(, "ports": 50000)");
  ASSERT_EQ(udp(kInside, 7).what, "forwarded");
  ASSERT_EQ(udp(kSecond, 7).what, "dropped: NO_PORTS");
  EXPECT_EQ(flow_rows(lab).size(), 2u);
  EXPECT_EQ(mappings().size(), 1u);
  EXPECT_EQ(udp(kInside, 7, kOutside).what, "forwarded") << "the one that has a port goes on";
}

// RFC 4787 REQ-2: a host is one host to the world.
TEST_P(NatPorts, APoolGivesAHostOneAddress) {
  use_masquerade(R"(, "addresses": ["203.0.113.32/28", "203.0.113.100-203.0.113.105"])");
  std::set<std::string> used;
  for (uint32_t n = 0; n < 40; ++n) {
    const std::string address = udp(host(n), 1000).view().src;
    EXPECT_EQ(udp(host(n), 1001).view().src, address);
    EXPECT_EQ(udp(host(n), 1000, kOutside).view().src, address);
    used.insert(address);
  }
  EXPECT_GT(used.size(), 8u) << "and hosts are spread over the pool";
}

TEST_P(NatPorts, TheHoleIsOpenForTheOneThatWasAsked) {
  const View seen = udp(kInside, 4444).view();
  EXPECT_EQ(from_wan(answer_to(seen)).what, "forwarded");
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 54, .dport = 4444}).what,
            "dropped: FILTERED");
  EXPECT_EQ(from_wan(Ip4{.src = kOutside, .dst = kWanAddress} / Udp{.sport = 53, .dport = 4444}).what,
            "dropped: FILTERED");
}

}   // namespace
}   // namespace sluice::test
