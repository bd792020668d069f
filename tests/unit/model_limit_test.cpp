// SPDX-License-Identifier: GPL-2.0-or-later
// The units of limits, and which of them can meet.
#include <gtest/gtest.h>

#include "../support/parsed.hpp"
#include "model/limit_classes.hpp"

namespace sluice {
namespace {

TEST(LimitUnits, RatesAreReadAndWritten) {
  for (const char* text : {"1pps", "20000pps", "50mbit", "1500kbit", "1gbit", "1001bit"})
    EXPECT_EQ(to_string(parse_rate(text).value()), text);
  EXPECT_EQ(to_string(parse_rate("2000mbit").value()), "2gbit");
  EXPECT_EQ(parse_rate("50mbit").value(), (Rate{50'000'000, false}));
  for (const char* text : {"", "pps", "1", "1 pps", "-1pps", "0x1pps", "1mb", "1Mbit", "1.5mbit", "bit",
                           "99999999999999999999pps", "18446744073710gbit"})
    EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(LimitUnits, BurstsAreOfTheRatesKind) {
  EXPECT_EQ(parse_burst("40000p", true), 40000u);
  EXPECT_EQ(parse_burst("62500B", false), 62500u);
  EXPECT_EQ(parse_burst("64kB", false), 64000u);
  EXPECT_EQ(parse_burst("2MB", false), 2'000'000u);
  for (const char* text : {"p", "10", "10B", "-1p"}) EXPECT_FALSE(parse_burst(text, true)) << text;
  for (const char* text : {"B", "10p", "1.5kB", "10kb"}) EXPECT_FALSE(parse_burst(text, false)) << text;
}

TEST(LimitUnits, WithoutABurstItIsATenthOfASecondOrThreeOfBits) {
  EXPECT_EQ(burst_of({.rate = {20000, true}}), 2000u);
  EXPECT_EQ(burst_of({.rate = {5, true}}), 1u) << "at least a packet";
  EXPECT_EQ(burst_of({.rate = {50'000'000, false}}), 1'875'000u);
  EXPECT_EQ(burst_of({.rate = {1'000, false}}), 65'536u) << "at least the largest packet";
}

TEST(LimitUnits, KeysHaveALengthForEachFamily) {
  EXPECT_EQ(parse_limit_key("source"), (LimitKey{LimitKey::kSource, 32, 128}));
  EXPECT_EQ(parse_limit_key("source/24"), (LimitKey{LimitKey::kSource, 24, 64}));
  EXPECT_EQ(parse_limit_key("destination/8/48"), (LimitKey{LimitKey::kDestination, 8, 48}));
  EXPECT_EQ(to_string(*parse_limit_key("source/24")), "source/24/64");
  EXPECT_EQ(to_string(*parse_limit_key("source/32/128")), "source");
  EXPECT_EQ(to_string(*parse_limit_key("vrf")), "vrf");
  for (const char* text : {"", "sources", "source/", "source/0", "source/33", "source/24/129",
                           "source/24/64/1", "flow/24", "rule/1", "vrf/1"})
    EXPECT_FALSE(parse_limit_key(text)) << text;
}

Document with(const std::vector<Limit>& limits) {
  Document document;
  document.interfaces = {{"wan", "internet"}, {"lan", "lan"}, {"lan2", "lan"}};
  document.zones = {{"internet"}, {"lan"}};
  document.limits = limits;
  for (size_t i = 0; i < document.limits.size(); ++i) document.limits[i].name = "l" + std::to_string(i);
  return document;
}

// "0,2" for the first and the third.
std::set<std::string> meetings(const Document& document) {
  std::set<std::string> texts;
  const auto sets = LimitClasses(document).possible();
  for (const RuleSet& set : sets.value()) {
    std::string text;
    for (size_t i = 0; i < document.limits.size(); ++i)
      if (set[i / 64] >> (i % 64) & 1) text += (text.empty() ? "" : ",") + std::to_string(i);
    texts.insert(text);
  }
  return texts;
}

using Meetings = std::set<std::string>;

TEST(LimitMeetings, OfNoneAreNone) { EXPECT_EQ(meetings(with({})), Meetings{}); }

TEST(LimitMeetings, ZonesAndInterfacesAreSeenTogether) {
  EXPECT_EQ(meetings(with({{.from = {"lan"}}, {.interfaces = {"wan"}}})), (Meetings{"0", "1"}))
      << "what comes in by wan is not from lan";
  EXPECT_EQ(meetings(with({{.from = {"lan"}}, {.interfaces = {"lan2"}}})), (Meetings{"0", "0,1"}));
  EXPECT_EQ(meetings(with({{.from = {"host"}}, {.interfaces = {"lan"}}, {}})), (Meetings{"0,2", "1,2", "2"}))
      << "the gateway's own came in by none";
}

TEST(LimitMeetings, AddressesPortsAndForwardsPartThem) {
  EXPECT_EQ(meetings(with({{.source = {{*Prefix::parse("192.0.2.0/24")}, {}}},
                           {.source = {{*Prefix::parse("192.0.2.128/25")}, {}}},
                           {.source = {{*Prefix::parse("2001:db8::/32")}, {}}}})),
            (Meetings{"0", "0,1", "2"}));
  EXPECT_EQ(meetings(with({{.protocols = {6}, .ports = {{80, 80}}}, {.protocols = {6, 17}}})),
            (Meetings{"0,1", "1"}));
  EXPECT_EQ(meetings(with({{.forward = "a"}, {.forward = "b"}, {}})), (Meetings{"0,2", "1,2", "2"}));
}

TEST(LimitMeetings, TooManyAreToldAndNotCounted) {
  std::vector<Limit> limits;
  for (uint16_t i = 0; i < 100; ++i) {
    const Prefix host{IpAddress::from_ipv4(0x0a000000u + i), 32};
    limits.push_back({.source = {{host}, {}}});
    limits.push_back({.destination = {{host}, {}}});
  }
  for (uint16_t i = 0; i < 50; ++i) limits.push_back({.protocols = {6}, .ports = {{i, i}}});
  EXPECT_FALSE(LimitClasses(with(limits)).possible());
}

}   // namespace
}   // namespace sluice
