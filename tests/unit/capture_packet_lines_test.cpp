// SPDX-License-Identifier: GPL-2.0-or-later
// Packets as lines: between whom they go, and what to ask about them.
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "capture/packet_lines.hpp"
#include "captured.hpp"
#include "maps/drop_reasons.h"

namespace sluice {
namespace {

using nlohmann::json;
using LineBytes = std::vector<std::byte>;

PacketLines lines_of_home(uint64_t most = 0, const std::string& filter = "") {
  auto selection = CaptureSelection::of({.filter = filter});
  EXPECT_TRUE(selection);
  return PacketLines(std::move(*selection), test::captured_home(), most);
}

std::vector<json> rows_in(const std::string& text) {
  std::vector<json> rows;
  for (const std::string_view line : split(text, '\n'))
    if (!line.empty()) rows.push_back(json::parse(line));
  return rows;
}

// To port 53, and back out of another one.
LineBytes to_server() {
  LineBytes frame = test::datagram(1, 2, 53);
  frame[ETH_HLEN + 21] = std::byte{40};
  return frame;
}

LineBytes of_protocol(int protocol, const LineBytes& behind) {
  LineBytes frame = test::datagram(1, 2, 0);
  frame[ETH_HLEN + 9] = std::byte(protocol);
  frame.resize(ETH_HLEN + 20);
  frame.insert(frame.end(), behind.begin(), behind.end());
  return frame;
}

class PacketsInLines : public test::Captured {
 protected:
  json line_of(const LineBytes& frame, sl_captured out = test::left(1), sl_captured in = test::came(1)) {
    PacketLines lines = lines_of_home();
    lines.note(pair(in, frame, out, {}));
    const auto rows = rows_in(lines.take(0));
    EXPECT_EQ(rows.size(), 1u);
    return rows.empty() ? json() : rows[0];
  }
};

TEST_F(PacketsInLines, SayWhatCameAndWhatLeft) {
  PacketLines lines = lines_of_home();
  lines.note(pair(test::came(1), to_server(), test::left(1), test::datagram(9, 2, 53)));
  const auto rows = rows_in(lines.take(0));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["packet"], "udp 192.0.2.1:40 > 192.0.2.2:53");
  EXPECT_EQ(rows[0]["interface"], "lan");
  EXPECT_EQ(rows[0]["verdict"], "forwarded");
  EXPECT_EQ(rows[0]["reason"], nullptr);
  EXPECT_EQ(rows[0]["left"]["interface"], "wan");
  EXPECT_EQ(rows[0]["left"]["packet"], "udp 192.0.2.9 > 192.0.2.2:53");
  EXPECT_EQ(rows[0]["question"], json::parse(R"({"in": "lan", "protocol": "udp", "source": "192.0.2.1:40",
                                                 "destination": "192.0.2.2:53", "begins": false})"));
  EXPECT_EQ(rows[0]["time"].get<std::string>().size(), std::string("2026-11-27T10:20:30.123Z").size());
}

TEST_F(PacketsInLines, SayWhyItWasDropped) {
  sl_captured out = test::left(1);
  out.verdict = SL_V_DROPPED;
  out.reason = SL_DROP_POLICY;
  const json row = line_of(to_server(), out);
  EXPECT_EQ(row["verdict"], "dropped");
  EXPECT_EQ(row["reason"], "policy");
  EXPECT_EQ(row["left"], nullptr);
  EXPECT_TRUE(row["story"].get<std::string>().starts_with("dropped: policy ("));
}

TEST_F(PacketsInLines, AskNothingThatCannotBeAsked) {
  const LineBytes echo = {std::byte{8}}, answer = {std::byte{0}}, unreachable = {std::byte{3}};
  EXPECT_TRUE(line_of(of_protocol(IPPROTO_ICMP, echo))["question"].is_object());
  EXPECT_EQ(line_of(of_protocol(IPPROTO_ICMP, answer))["question"], nullptr);
  EXPECT_EQ(line_of(of_protocol(IPPROTO_ICMP, unreachable))["question"], nullptr);
  EXPECT_EQ(line_of(of_protocol(IPPROTO_GRE, {}))["question"]["source"], "192.0.2.1");
  LineBytes fragment = to_server();
  fragment[ETH_HLEN + 7] = std::byte{8};   // behind the first
  EXPECT_EQ(line_of(fragment)["question"], nullptr);
  EXPECT_EQ(line_of(fragment)["packet"], "udp 192.0.2.1 > 192.0.2.2");
  sl_captured own = test::came(1);
  own.hook = SL_CAPTURED_EGRESS;
  EXPECT_EQ(line_of(to_server(), test::left(1), own)["question"], nullptr) << "it came in nowhere";
  EXPECT_EQ(line_of(LineBytes(ETH_HLEN + 4))["packet"], nullptr) << "no IP";
}

TEST_F(PacketsInLines, KnowWhatBeginsAConnection) {
  LineBytes tcp(20, std::byte{1});
  for (const auto& [flags, begins] : {std::pair(0x02, true), {0x12, false}, {0x10, false}, {0xc2, true}}) {
    tcp[13] = std::byte(flags);
    EXPECT_EQ(line_of(of_protocol(IPPROTO_TCP, tcp))["question"]["begins"], begins) << flags;
  }
}

TEST_F(PacketsInLines, ShapesWithTagsAreRead) {
  LineBytes tagged = to_server();
  const LineBytes tag = {std::byte{0x81}, std::byte{0}, std::byte{0}, std::byte{7}};
  tagged.insert(tagged.begin() + 12, tag.begin(), tag.end());
  const auto ends = ends_of(CapturedShape{.bytes = tagged, .length = static_cast<uint32_t>(tagged.size())});
  ASSERT_TRUE(ends);
  EXPECT_EQ(in_words(*ends), "udp 192.0.2.1:40 > 192.0.2.2:53");
  for (size_t size = 0; size < tagged.size(); ++size)
    (void)ends_of(CapturedShape{.bytes = std::span(tagged).first(size)});   // reads nothing behind its end
}

TEST_F(PacketsInLines, AFewEachSecondAndTheOthersAreCounted) {
  PacketLines lines = lines_of_home();
  constexpr uint64_t kEach = 1'000'000'000;
  for (uint64_t i = 0; i < 100; ++i) {
    sl_captured in = test::came(i);
    in.time = 5 * kEach + i;
    lines.note(pair(in, to_server(), test::left(i), {}));
  }
  auto rows = rows_in(lines.take(7));
  ASSERT_EQ(rows.size(), 22u);
  EXPECT_EQ(rows[20], json::parse(R"({"lost": 7})"));
  EXPECT_EQ(rows[21], json::parse(R"({"passed_over": 80})"));
  sl_captured later = test::came(1);
  later.time = 6 * kEach;
  lines.note(pair(later, to_server(), test::left(1), {}));
  rows = rows_in(lines.end(7, "enough"));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1]["ended"], "enough");
}

TEST_F(PacketsInLines, OnlyWhatIsWantedAndAsManyAsThat) {
  PacketLines lines = lines_of_home(2, "udp port 53");
  lines.note(pair(test::came(1), test::datagram(1, 2, 54), test::left(1), {}));
  for (uint64_t i = 2; i < 6; ++i) lines.note(pair(test::came(i), to_server(), test::left(i), {}));
  EXPECT_TRUE(lines.is_full());
  EXPECT_EQ(rows_in(lines.take(0)).size(), 2u);
}

}   // namespace
}   // namespace sluice
