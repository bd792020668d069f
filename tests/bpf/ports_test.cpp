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

// The range is one of 2,000 ports, 32 words of a bitmap.
TEST_P(Ports, TheCostHasABoundWhenFewAreFree) {
  use_ports(R"("ports": "40000-41999")");
  for (uint32_t n = 0; n < 1900; ++n) ASSERT_EQ(udp(host(n), 7).what, "forwarded");
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
