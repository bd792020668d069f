// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "base/protocol.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;

TEST(Join, PutsTheSeparatorBetween) {
  const std::vector<std::string> parts{"a", "b", "c"};
  EXPECT_EQ(join(parts, ", "), "a, b, c");
  EXPECT_EQ(join({}, ", "), "");
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(split("a,", ','), (std::vector<std::string_view>{"a", ""}));
}

TEST(Trimmed, TakesBlanksFromBothEnds) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \r\n\t"), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(DidYouMean, FindsTheNearestWord) {
  const std::vector<std::string> keys{"forwards", "masquerade", "static", "name", "nat"};
  EXPECT_EQ(did_you_mean("forwads", keys), "forwards");
  EXPECT_EQ(did_you_mean("naem", keys), "name") << "letters that changed places are one mistake";
  EXPECT_EQ(did_you_mean("NAT", keys), "nat") << "case is no mistake";
  EXPECT_EQ(did_you_mean("masqerad", keys), "masquerade");
}

TEST(DidYouMean, SaysNothingWhenNothingIsNear) {
  const std::vector<std::string> keys{"forwards", "to"};
  EXPECT_EQ(did_you_mean("quality", keys), std::nullopt);
  EXPECT_EQ(did_you_mean("at", keys), std::nullopt);
  EXPECT_EQ(did_you_mean("", keys), std::nullopt);
  EXPECT_EQ(did_you_mean(std::string(100'000, 'f'), keys), std::nullopt);
}

TEST(ParseDuration, TakesANumberWithItsUnit) {
  EXPECT_EQ(parse_duration("30s"), seconds(30));
  EXPECT_EQ(parse_duration("5m"), seconds(300));
  EXPECT_EQ(parse_duration("2h"), seconds(7200));
  EXPECT_EQ(parse_duration("1d"), seconds(86400));
  EXPECT_EQ(parse_duration("7440s"), seconds(7440));
  EXPECT_EQ(parse_duration("999999999d"), seconds(86400LL * 999999999));
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const char* text :
       {"", "30", "s", "-5s", "+5s", "05s", "1.5h", "5 s", "5ms", "1h30m", "1000000000s", "5S"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(FormatDuration, ShowsTheTwoLargestUnits) {
  EXPECT_EQ(format_duration(seconds(0)), "0s");
  EXPECT_EQ(format_duration(seconds(30)), "30s");
  EXPECT_EQ(format_duration(seconds(90)), "1m 30s");
  EXPECT_EQ(format_duration(seconds(7440)), "2h 4m");
  EXPECT_EQ(format_duration(seconds(7200)), "2h");
  EXPECT_EQ(format_duration(seconds(86400 + 59)), "1d");
  EXPECT_EQ(format_duration(seconds(-90)), "-1m 30s");
}

TEST(FormatCount, ShortensLargeNumbers) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(9'999), "9999");
  EXPECT_EQ(format_count(10'000), "10.0k");
  EXPECT_EQ(format_count(999'999), "999.9k") << "cut, not rounded up to 1000.0k";
  EXPECT_EQ(format_count(12'345'678), "12.3M");
  EXPECT_EQ(format_count(UINT64_MAX), "18.4E");
}

TEST(FormatBytes, UsesBinaryUnits) {
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(3'565'158), "3.3 MiB");
  EXPECT_EQ(format_bytes(1024), "1.0 KiB");
  EXPECT_EQ(format_bytes(UINT64_MAX), "15.9 EiB");
}

TEST(Rfc3339, IsUtcInSeconds) {
  const std::chrono::system_clock::time_point time(std::chrono::milliseconds(1'795'163'400'999));
  EXPECT_EQ(rfc3339(time), "2026-11-20T08:30:00Z");
}

TEST(Protocol, HasNamesAndNumbers) {
  EXPECT_EQ(parse_protocol("tcp"), 6);
  EXPECT_EQ(parse_protocol("icmpv6"), 58);
  EXPECT_EQ(parse_protocol("udplite"), 136);
  EXPECT_EQ(parse_protocol("0"), 0);
  EXPECT_EQ(parse_protocol("255"), 255);
  for (const char* text : {"", "TCP", "256", "-1", "06", "6 ", "ip"})
    EXPECT_EQ(parse_protocol(text), std::nullopt) << text;
}

TEST(Protocol, EveryNumberSurvivesItsName) {
  for (int number = 0; number < 256; ++number)
    EXPECT_EQ(parse_protocol(protocol_name(static_cast<uint8_t>(number))), number);
}

}   // namespace
}   // namespace sluice
