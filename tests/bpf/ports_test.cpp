// SPDX-License-Identifier: GPL-2.0-or-later
// The search for a port: exhaustive, of bounded cost, right again where its bitmaps are wrong.
#include "support/ports.hpp"

#include <fmt/format.h>

#include "support/answers.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

class Ports : public PortsTest {};
ON_BOTH_HOOKS(Ports);

TEST_P(Ports, TheLastOneIsFoundInAnyRange) {
  for (const uint16_t size : {1, 63, 64, 65, 300}) {
    use_ports(fmt::format(R"("ports": "50010-{}")", 50010 + size - 1));
    for (uint32_t n = 0; n < size; ++n) ASSERT_EQ(udp(host(n), 7).what, "forwarded") << n << " of " << size;
    EXPECT_EQ(outside_ports().size(), size);
    EXPECT_EQ(udp(host(size), 7).what, "dropped: NO_PORTS");
  }
}

// The range is one of 2,000 ports, 32 words of a bitmap. Flows are answered: so many that wait would push
// each other out by chance.
TEST_P(Ports, TheCostHasABoundWhenFewAreFree) {
  use_ports(R"("ports": "40000-41999")");
  for (uint32_t n = 0; n < 1900; ++n) ASSERT_NE(answered(host(n), 7), 0);
  const auto before = searches();
  for (uint32_t n = 1900; n < 2000; ++n) ASSERT_EQ(udp(host(n), 7).what, "forwarded");
  const auto after = searches();
  uint64_t all = 0, few = 0;
  for (size_t row = 0; row < after.size(); ++row) {
    all += after[row] - before[row];
    if (row <= 4) few += after[row] - before[row];
  }
  EXPECT_EQ(all, 100u) << "each search is counted";
  EXPECT_GT(few, 50u) << "most look at fewer than 16 words, with 5 to 0 % free";
  for (size_t row = 7; row < after.size(); ++row)
    EXPECT_EQ(after[row], before[row]) << "never over all words twice";
  ASSERT_EQ(udp(host(2000), 7).what, "dropped: NO_PORTS");
}

TEST_P(Ports, ThePortOfTheInsideEndpointNeedsNoSearch) {
  const auto before = searches();
  ASSERT_EQ(udp(kInside, 5555).view().sport, 5555);
  EXPECT_EQ(searches()[0], before[0] + 1);
}

TEST_P(Ports, OthersAreHardToGuess) {
  use_ports(R"("ports": "40000-43999")");
  std::set<uint16_t> gaps;
  uint16_t last = 0;
  for (uint32_t n = 0; n < 50; ++n) {
    const uint16_t port = udp(host(n), 7).view().sport;
    gaps.insert(static_cast<uint16_t>(port - last));
    last = port;
  }
  EXPECT_GT(gaps.size(), 45u);
}

// RFC 4787 REQ-3a: a service may trust clients of low ports.
TEST_P(Ports, LowPortsStayLow) {
  for (uint32_t n = 0; n < 20; ++n) EXPECT_LT(udp(host(n), 123).view().sport, 512) << n;
  for (uint32_t n = 0; n < 20; ++n) {
    const uint16_t port = udp(host(n), 800).view().sport;
    EXPECT_TRUE(port >= 512 && port < 1024) << port;
  }
  for (uint32_t n = 0; n < 20; ++n) EXPECT_GE(udp(host(n), 1024).view().sport, 1024) << n;
}

TEST_P(Ports, TheHalvesOfTheLowPortsHelpEachOther) {
  std::set<uint16_t> given;
  for (uint32_t n = 0; n < 1100; ++n) {
    const Outcome outcome = udp(host(n), 123);
    if (outcome.what != "forwarded") break;
    given.insert(outcome.view().sport);
  }
  EXPECT_GE(given.size(), 1020u) << "all but those that the gateway has";
  EXPECT_LT(*given.rbegin(), 1024);
}

// Nothing makes such bits in normal life; a few are looked at when nothing else is left.
TEST_P(Ports, BitsWithoutARowAreFoundOut) {
  use_ports(R"("ports": "50048-50111")");
  ASSERT_EQ(udp(host(0), 50048).what, "forwarded");
  set_all_used_bits();
  for (uint32_t n = 1; n < 20; ++n) EXPECT_EQ(udp(host(n), 7).what, "forwarded") << n;
}

TEST_P(Ports, RowsWithoutABitAreMet) {
  use_ports(R"("ports": "50000-50063")");
  for (uint32_t n = 0; n < 60; ++n) ASSERT_EQ(udp(host(n), 7).what, "forwarded");
  wipe(lab.map("port_chunks"));
  for (uint32_t n = 60; n < 64; ++n) ASSERT_EQ(udp(host(n), 7).what, "forwarded");
  EXPECT_EQ(outside_ports().size(), 64u);
  EXPECT_EQ(udp(host(64), 7).what, "dropped: NO_PORTS");
}

TEST_P(Ports, ALongRangeOfAForwardIsPassedOver) {
  use_rules(R"("ports": "40000-43999")",
            R"({ "name": "long", "listen": "203.0.113.1", "protocol": "udp", "ports": "40001-43999",
                 "to": "192.168.10.2" })");
  EXPECT_EQ(udp(kSecond, 7).view().sport, 40000) << "the only one that is not the forward's";
  EXPECT_EQ(udp(kSecond, 8).what, "dropped: NO_PORTS");
}

TEST_P(Ports, RulesThatChangeGiveAForwardsPortsBack) {
  use_rules(
      R"("ports": "40000-40001")",
      R"({ "name": "one", "listen": "203.0.113.1", "protocol": "udp", "ports": 40001, "to": "192.168.10.2" })");
  ASSERT_EQ(udp(kSecond, 7).view().sport, 40000);
  ASSERT_EQ(udp(kSecond, 8).what, "dropped: NO_PORTS");
  apply_rules(R"("ports": "40000-40001")", "");
  EXPECT_EQ(udp(kSecond, 8).view().sport, 40001);
}

TEST_P(Ports, ExhaustionHarmsNoLiveFlowAndIsReportedOnce) {
  use_ports(R"("ports": "50000-50003")");
  (void)take_events(lab);
  for (uint32_t n = 0; n < 4; ++n) ASSERT_EQ(udp(host(n), 7).what, "forwarded");
  for (uint32_t n = 4; n < 30; ++n) ASSERT_EQ(udp(host(n), 7).what, "dropped: NO_PORTS");
  for (uint32_t n = 0; n < 4; ++n) EXPECT_EQ(udp(host(n), 7, kOutside).what, "forwarded");
  const auto events = take_events(lab);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, SL_EVENT_PORTS_EXHAUSTED);
  EXPECT_EQ(address_of(events[0].inside).to_string(), host(4));
  EXPECT_EQ(address_of(events[0].outside).to_string(), kWanAddress);
  EXPECT_EQ(events[0].count, 4u);
}

// As many flows as there are ports and destinations, in any order, and no more.
TEST_P(Ports, EachServesEveryDestinationOnce) {
  constexpr uint32_t kSize = 300;
  const char* const destinations[] = {kFar, kOutside, "198.51.100.8"};
  use_ports(fmt::format(R"("ports": "50000-{}")", 50000 + kSize - 1));
  std::set<std::pair<std::string, uint16_t>> given;
  for (uint32_t n = 0; n < 3 * kSize; ++n) {
    const Outcome outcome = udp(host(n), 7, destinations[n % 3]);
    ASSERT_EQ(outcome.what, "forwarded") << n;
    EXPECT_TRUE(given.emplace(outcome.view().dst, outcome.view().sport).second) << n;
  }
  EXPECT_EQ(outside_ports().size(), kSize);
  for (const char* to : destinations) EXPECT_EQ(udp(host(3 * kSize), 7, to).what, "dropped: NO_PORTS");
  EXPECT_EQ(udp(host(3 * kSize), 7, "198.51.100.9").what, "forwarded");
  EXPECT_EQ(state_flaws(lab), "");
  end_all();
  EXPECT_EQ(state_flaws(lab), "");
  EXPECT_TRUE(outside_ports().empty());
}

TEST_P(Ports, AShareThatEndsIsFoundAtOnce) {
  use_ports(R"("ports": "50000-50099")");
  for (uint32_t n = 0; n < 100; ++n) ASSERT_EQ(udp(host(n), 7).what, "forwarded");
  for (uint32_t n = 100; n < 200; ++n) ASSERT_EQ(udp(host(n), 7, kOutside).what, "forwarded");
  ASSERT_EQ(udp(host(200), 7, kOutside).what, "dropped: NO_PORTS");
  for (uint32_t n = 100; n < 110; ++n) {
    end_flow_of(host(n));
    EXPECT_EQ(udp(host(n + 200), 7, kOutside).what, "forwarded") << n;
    EXPECT_EQ(udp(host(n + 400), 7, kOutside).what, "dropped: NO_PORTS") << n;
  }
}

TEST_P(Ports, AnswersOfAShareReachWhoAsked) {
  use_ports(R"("ports": 50000)");
  ASSERT_EQ(udp(host(0), 7).what, "forwarded");
  const View shared = udp(host(1), 8, kOutside).view();
  ASSERT_EQ(shared.sport, 50000);
  EXPECT_EQ(from_wan(answer_to(shared)).view().dst, host(1));
  EXPECT_EQ(udp(host(0), 7, kOutside).what, "dropped: NO_PORTS") << "its own port is taken there";
  EXPECT_EQ(udp(host(0), 7, "198.51.100.8").view().sport, 50000);
}

TEST_P(Ports, SharesAreReportedWhereTheRuleSaysSo) {
  use_ports(R"("ports": 50000, "log": true)");
  ASSERT_EQ(udp(host(0), 7).what, "forwarded");
  (void)take_events(lab);
  ASSERT_EQ(udp(host(1), 8, kOutside).what, "forwarded");
  end_flow_of(host(1));
  const auto events = take_events(lab);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].kind, SL_EVENT_PORTS_EXHAUSTED) << "from here on ports are shared";
  EXPECT_EQ(events[1].kind, SL_EVENT_MAPPING_MADE);
  EXPECT_EQ(events[2].kind, SL_EVENT_MAPPING_ENDED);
  for (size_t n = 1; n < 3; ++n) {
    EXPECT_EQ(address_of(events[n].inside).to_string(), host(1));
    EXPECT_EQ(ntohs(events[n].outside_port), 50000);
  }
}

TEST_P(Ports, WhoHasManyGivesBackToWhoHasFew) {
  use_ports(R"("ports": "50000-50099")");
  for (uint16_t n = 0; n < 20; ++n) ASSERT_NE(answered(kInside, 100 + n), 0);
  for (uint16_t n = 20; n < 100; ++n) ASSERT_EQ(udp(kInside, 100 + n).what, "forwarded");
  uint32_t served = 0;
  for (uint16_t n = 0; n < 60; ++n) served += udp(kSecond, 300 + n).what == "forwarded";
  EXPECT_GE(served, 25u) << "about a third, while the other has two";
  EXPECT_LE(served, 34u);
  for (uint16_t n = 0; n < 20; ++n) EXPECT_EQ(answered(kInside, 100 + n) != 0, true) << "answered: never cut";
  EXPECT_EQ(state_flaws(lab), "");
}

TEST_P(Ports, EveryAddressOfAPoolIsUsed) {
  use_ports(R"("ports": "50000-50009", "addresses": ["203.0.113.32-203.0.113.55"])");
  for (uint16_t n = 0; n < 240; ++n) ASSERT_EQ(udp(host(n % 10), 100 + n).what, "forwarded") << n;
  EXPECT_EQ(udp(host(0), 99).what, "dropped: NO_PORTS");
  EXPECT_EQ(outside_ports().size(), 10u);
  EXPECT_EQ(lab.engine().mappings().value().size(), 240u) << "of its own, every one";
}

TEST_P(Ports, MappingsAreReportedWhereTheRuleSaysSo) {
  use_ports(R"("log": true)");
  (void)take_events(lab);
  ASSERT_EQ(udp(kInside, 4444).what, "forwarded");
  ASSERT_EQ(udp(kInside, 4444, kOutside).what, "forwarded");
  ASSERT_EQ(lab.engine().flows().value().size(), 2u);
  end_all();
  const auto events = take_events(lab);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kind, SL_EVENT_MAPPING_MADE);
  EXPECT_EQ(events[1].kind, SL_EVENT_MAPPING_ENDED);
  for (const sl_event& event : events) {
    EXPECT_EQ(address_of(event.inside).to_string(), kInside);
    EXPECT_EQ(ntohs(event.inside_port), 4444);
    EXPECT_EQ(ntohs(event.outside_port), 4444);
    EXPECT_NE(event.time, 0u);
  }
}

}   // namespace
}   // namespace sluice::test
