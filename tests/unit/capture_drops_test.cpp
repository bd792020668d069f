// SPDX-License-Identifier: GPL-2.0-or-later
// Dropped packets as rates.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "capture/drop_report.hpp"
#include "captured.hpp"
#include "maps/drop_reasons.h"

namespace sluice {
namespace {

using nlohmann::json;

CaptureNames drop_names() {
  return {.devices = {{2, {"wan", "internet", 1500, true}}, {4, {"wg-home", "home", 1420, false}}},
          .rules = {{10, {"policy", "web", 14}}, {12, {"limit", "each", 0}}},
          .zones = {"host", "internet", "lan"},
          .vrfs = {},
          .file = "home.json"};
}

struct Dropped {
  uint8_t reason = SL_DROP_POLICY;
  uint32_t policy = 10, limit = 0, device = 2;
  uint16_t l3_off = ETH_HLEN;
};

void note(DropReport& report, const std::vector<std::byte>& frame, const Dropped& what = {}) {
  CapturePairs pairs;
  sl_captured in = test::came(1);
  in.ifindex = what.device;
  sl_captured out = {.packet = 1,
                     .policy = what.policy,
                     .limit = what.limit,
                     .ifindex_in = what.device,
                     .zone = 1,
                     .zone_out = 2,
                     .l3_off = what.l3_off,
                     .point = SL_CAPTURED_OUT,
                     .hook = SL_CAPTURED_TC,
                     .verdict = SL_V_DROPPED,
                     .reason = what.reason,
                     .asked = SL_ASKED_POLICY};
  ASSERT_FALSE(pairs.take(test::sample_of(in, frame)));
  const auto packet = pairs.take(test::sample_of(out, {}));
  ASSERT_TRUE(packet);
  report.note(*packet);
}

std::vector<json> lines(DropReport& report, uint64_t lost = 0) {
  std::vector<json> rows;
  const std::string text = report.take(lost);
  for (const std::string_view line : split(text, '\n'))
    if (!line.empty()) rows.push_back(json::parse(line));
  return rows;
}

TEST(DropReport, ManyPacketsAreOneLine) {
  DropReport report(drop_names());
  for (int port = 1; port <= 100; ++port) note(report, test::datagram(port, 7, static_cast<uint8_t>(port)));
  const auto rows = lines(report);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["packets"], 100);
  EXPECT_EQ(rows[0]["bytes"], 100 * (ETH_HLEN + 28));
  EXPECT_EQ(rows[0]["reason"], "policy");
  EXPECT_EQ(rows[0]["source"], "192.0.2.0/24");
  EXPECT_EQ(rows[0]["interface"], "wan");
  EXPECT_EQ(rows[0]["from"], "internet");
  EXPECT_EQ(rows[0]["to"], "lan");
  EXPECT_EQ(rows[0]["rule"], (json{{"kind", "policy"}, {"name", "web"}, {"line", 14}}));
  EXPECT_EQ(rows[0]["example"], "udp 192.0.2.1 > 192.0.2.7:1");
  EXPECT_TRUE(lines(report).empty()) << "each is told once";
}

TEST(DropReport, WhatDiffersHasALineOfItsOwnTheMostFirst) {
  DropReport report(drop_names());
  note(report, test::datagram(1, 7, 1));
  for (int i = 0; i < 3; ++i)
    note(report, test::datagram(1, 7, 1), {.reason = SL_DROP_OVER_LIMIT, .limit = 12});
  const auto rows = lines(report);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["rule"]["name"], "each") << "the limit, not the policy that had let it pass";
  EXPECT_EQ(rows[0]["rule"]["line"], nullptr);
  EXPECT_EQ(rows[1]["packets"], 1);
}

TEST(DropReport, SendersOfManyNetworksAreAFewLines) {
  DropReport report(drop_names());
  for (int net = 0; net < 200; ++net) {
    auto frame = test::datagram(1, 7, 1);
    frame[ETH_HLEN + 14] = std::byte(net);
    note(report, frame);
  }
  const auto rows = lines(report);
  ASSERT_EQ(rows.size(), 51u);
  EXPECT_EQ(rows.back()["reason"], "others");
  EXPECT_EQ(rows.back()["packets"], 150);
}

TEST(DropReport, WhatIsLostIsTold) {
  DropReport report(drop_names());
  EXPECT_EQ(lines(report, 7), (std::vector<json>{{{"lost", 7}}}));
  EXPECT_EQ(lines(report, 9), (std::vector<json>{{{"lost", 2}}}));
  EXPECT_TRUE(lines(report, 9).empty());
}

TEST(DropReport, WhatIsCutShortOrNoIpHasNoSource) {
  DropReport report(drop_names());
  auto frame = test::datagram(1, 7, 1);
  for (const size_t size : {size_t{0}, size_t{1}, size_t{ETH_HLEN}, size_t{ETH_HLEN + 19}}) {
    note(report, {frame.begin(), frame.begin() + static_cast<ptrdiff_t>(size)});
    EXPECT_EQ(lines(report).at(0)["source"], nullptr) << size;
  }
  note(report, {frame.begin(), frame.begin() + ETH_HLEN + 20});
  EXPECT_EQ(lines(report).at(0)["example"], "udp 192.0.2.1 > 192.0.2.7");
  note(report, frame, {.l3_off = 0});
  EXPECT_EQ(lines(report).at(0)["source"], nullptr) << "such as ARP";
}

TEST(DropReport, ADeviceWithoutLinkHeaders) {
  DropReport report(drop_names());
  const auto frame = test::datagram(1, 7, 1);
  note(report, {frame.begin() + ETH_HLEN, frame.end()}, {.device = 4, .l3_off = 0});
  EXPECT_EQ(lines(report).at(0)["source"], "192.0.2.0/24");
}

}   // namespace
}   // namespace sluice
