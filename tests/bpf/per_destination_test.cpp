// SPDX-License-Identifier: GPL-2.0-or-later
// "mapping": "per-destination", and destinations that are not translated at all.
#include <fmt/format.h>

#include <chrono>
#include <set>

#include "support/answers.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

class PerDestination : public HookTest {
 protected:
  static std::string host(uint32_t n) { return fmt::format("10.64.{}.{}", n / 250, 1 + n % 250); }
  static Rules rules(const std::string& more = "") {
    Rules rules = home_rules();
    rules.masquerade =
        R"({ "name": "out", "from": "lan", "to": "internet", "mapping": "per-destination")" + more + "}";
    return rules;
  }
  PerDestination() { use(rules()); }

  Outcome udp(const std::string& from, uint16_t port, const char* to = kFar) {
    return from_lan(Ip4{.src = from, .dst = to} / Udp{.sport = port});
  }
  size_t mapping_count() { return mapping_rows(lab, "nat_outside").size(); }
};
ON_BOTH_HOOKS(PerDestination);

TEST_P(PerDestination, ThePortServesManyDestinations) {
  EXPECT_EQ(udp(kInside, 2222).view().route(), "203.0.113.1:2222 > 198.51.100.7:53");
  EXPECT_EQ(udp(kSecond, 2222, kOutside).view().route(), "203.0.113.1:2222 > 203.0.113.9:53");
  EXPECT_EQ(mapping_count(), 0u);
}

TEST_P(PerDestination, TowardsOneDestinationItHasOneUser) {
  ASSERT_EQ(udp(kInside, 2222).view().sport, 2222);
  const View second = udp(kSecond, 2222).view();
  EXPECT_EQ(second.src, kWanAddress);
  EXPECT_NE(second.sport, 2222);
  EXPECT_EQ(udp(kSecond, 2222).view().sport, second.sport) << "the flow keeps it";
  EXPECT_EQ(from_wan(answer_to(second)).view().dst, kSecond);
}

TEST_P(PerDestination, TheMappingDependsOnTheDestination) {
  ASSERT_EQ(udp(kInside, 2222).view().sport, 2222);
  EXPECT_NE(udp(kSecond, 2222).view().sport, 2222);
  EXPECT_EQ(udp(kSecond, 2222, kOutside).view().sport, 2222);
}

TEST_P(PerDestination, QueriesAreToldApartByTheirId) {
  const auto ping = [&](const char* from) {
    return from_lan(Ip4{.src = from, .dst = kFar} / Echo{.id = 9}).view();
  };
  EXPECT_EQ(ping(kInside).icmp_id, 9);
  const View second = ping(kSecond);
  EXPECT_NE(second.icmp_id, 9);
  EXPECT_EQ(from_wan(answer_to(second)).view().route(), "198.51.100.7:0 > 192.168.10.3:9");
}

TEST_P(PerDestination, TheLastFreePortIsFound) {
  for (const uint16_t size : {1, 64, 300}) {
    use(rules(fmt::format(R"(, "ports": "50000-{}")", 50000 + size - 1)));
    std::set<uint16_t> given;
    for (uint32_t n = 0; n < size; ++n) {
      const Outcome outcome = udp(host(n), 7);
      ASSERT_EQ(outcome.what, "forwarded") << "host " << n << " of " << size;
      given.insert(outcome.view().sport);
    }
    EXPECT_EQ(given.size(), size);
    EXPECT_EQ(udp(host(size), 7).what, "dropped: NO_PORTS");
    EXPECT_EQ(udp(host(size), 7, kOutside).what, "forwarded") << "to another destination";
  }
}

// A flood of first packets, each from another host, has no port for longer than a second.
TEST_P(PerDestination, WhoIsNotAnsweredGivesWayToOthers) {
  use(rules(R"(, "ports": "50000-50007")"));
  const View answered = udp(host(0), 7).view();
  ASSERT_EQ(from_wan(answer_to(answered)).what, "forwarded");
  for (uint32_t n = 1; n < 8; ++n) ASSERT_EQ(udp(host(n), 7).what, "forwarded");
  ASSERT_EQ(udp(host(8), 7).what, "dropped: NO_PORTS");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  uint32_t served = 8;
  while (served < 12 && std::chrono::steady_clock::now() < deadline)
    if (udp(host(served), 7).what == "forwarded") ++served;
  EXPECT_EQ(served, 12u);
  EXPECT_EQ(from_wan(answer_to(answered)).view().dst, host(0)) << "its port is its own";
}

TEST_P(PerDestination, ARefusedFlowLeavesNothingBehind) {
  use(rules(R"(, "ports": 50000)"));
  ASSERT_EQ(udp(kInside, 7).what, "forwarded");
  ASSERT_EQ(udp(kSecond, 7).what, "dropped: NO_PORTS");
  EXPECT_EQ(flow_rows(lab).size(), 2u);
}

TEST_P(PerDestination, PortsOfMappingsAndForwardsAreLeftAlone) {
  use(home_rules());
  ASSERT_EQ(udp(kInside, 2222).view().sport, 2222);
  Rules changed = rules();
  changed.forwards = home_rules().forwards;
  lab.apply(document_of(changed));
  EXPECT_NE(udp(kSecond, 2222, kOutside).view().sport, 2222) << "a mapping of before has it";
  EXPECT_NE(udp(kSecond, 30005, kOutside).view().sport, 30005) << "the forward game listens there";
  EXPECT_EQ(udp(kInside, 2222).view().sport, 2222) << "its flow goes on";
}

TEST_P(PerDestination, NobodyElseMaySend) {
  ASSERT_EQ(udp(kInside, 2222).what, "forwarded");
  EXPECT_EQ(from_wan(Ip4{.src = kOutside, .dst = kWanAddress} / Udp{.sport = 53, .dport = 2222}).what,
            "dropped: POLICY");
}

class Except : public HookTest {
 protected:
  void except(const std::string& what, const std::string& more = "") {
    Rules rules = home_rules();
    rules.masquerade =
        fmt::format(R"({{ "name": "out", "from": "lan", "to": "internet", "except": {} {} }})", what, more);
    use(rules);
  }
};
ON_BOTH_HOOKS(Except);

TEST_P(Except, ThoseDestinationsSeeTheInsideAddress) {
  except(R"(["198.51.100.0/24", "admins"])");
  const Outcome out = from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{});
  ASSERT_EQ(out.what, "forwarded");
  EXPECT_EQ(out.view().src, kInside);
  EXPECT_EQ(from_wan(answer_to(out.view())).view().dst, kInside);
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kOutside} / Udp{}).view().src, kWanAddress);
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = "203.0.113.65"} / Udp{}).view().src, kInside) << "of the set";
}

TEST_P(Except, InsideAddressesStayHidden) {
  except(R"("198.51.100.0/24")");
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kInside} / Udp{}).what, "dropped: INSIDE_ADDRESS");
}

TEST_P(Except, PoliciesStillDecide) {
  except(R"("198.51.100.0/24")");
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = "198.51.100.66"} / Udp{}).what, "dropped: POLICY");
}

// Its answer would go past the gateway.
TEST_P(Except, AHairpinIsAlwaysTranslated) {
  except(R"(["192.168.10.0/24", "203.0.113.1"])");
  EXPECT_EQ(from_lan(Ip4{.src = kSecond, .dst = kWanAddress} / Udp{.dport = 30001}).view().src, kWanAddress);
}

}   // namespace
}   // namespace sluice::test
