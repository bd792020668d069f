// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "base/timestamp.hpp"

namespace sluice {
namespace {

std::string in_utc(std::string_view text) {
  const auto time = parse_rfc3339(text);
  return time ? rfc3339(*time) : "none";
}

TEST(ParseRfc3339, TakesUtcAndOffsets) {
  EXPECT_EQ(in_utc("2027-01-01T00:00:00Z"), "2027-01-01T00:00:00Z");
  EXPECT_EQ(in_utc("2027-01-01t00:00:00z"), "2027-01-01T00:00:00Z");
  EXPECT_EQ(in_utc("2027-01-01 01:30:00+01:30"), "2027-01-01T00:00:00Z");
  EXPECT_EQ(in_utc("2026-12-31T19:00:00-05:00"), "2027-01-01T00:00:00Z");
  EXPECT_EQ(in_utc("2028-02-29T23:59:59.999Z"), "2028-02-29T23:59:59Z");
}

TEST(ParseRfc3339, RefusesWhatIsNoTime) {
  for (const std::string_view text : {"",
                                      "2027-01-01",
                                      "2027-01-01T00:00:00",
                                      "2027-01-01T00:00Z",
                                      "2027-02-29T00:00:00Z",
                                      "2027-13-01T00:00:00Z",
                                      "2027-00-01T00:00:00Z",
                                      "2027-01-00T00:00:00Z",
                                      "2027-01-01T24:00:00Z",
                                      "2027-01-01T00:60:00Z",
                                      "2027-01-01T23:59:60Z",
                                      "2027-01-01T00:00:00.Z",
                                      "2027-01-01T00:00:00+0100",
                                      "2027-01-01T00:00:00+24:00",
                                      "2027-01-01T00:00:00ZZ",
                                      " 2027-01-01T00:00:00Z",
                                      "27-01-01T00:00:00Z",
                                      "2027-1-1T00:00:00Z",
                                      "2027-01-01T00:00:00 Z",
                                      "-027-01-01T00:00:00Z"})
    EXPECT_EQ(in_utc(text), "none") << text;
}

}   // namespace
}   // namespace sluice
