// SPDX-License-Identifier: GPL-2.0-or-later
// A capture as blocks of pcapng.
#include <gmock/gmock.h>

#include "capture/log.hpp"
#include "capture/pcapng.hpp"
#include "captured.hpp"
#include "cli/capture_totals.hpp"

namespace sluice::test {
namespace {

using testing::ElementsAre;

template <class T>
T number_at(const std::string& bytes, size_t at) {
  T value{};
  if (at + sizeof(value) <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

std::vector<std::byte> bytes_of(std::initializer_list<int> numbers) {
  std::vector<std::byte> bytes;
  for (const int number : numbers) bytes.push_back(std::byte(number));
  return bytes;
}

TEST(Pcapng, BlocksHaveTheirLengthAtBothEnds) {
  std::string out;
  pcapng::put_section(out, "test");
  pcapng::put_interface(out, {.name = "lan", .description = "MTU 1500"});
  const auto bytes = bytes_of({1, 2, 3, 4, 5});
  pcapng::put_packet(out, {.bytes = bytes, .id = 7, .verdict = {}, .comment = "why"});
  pcapng::put_statistics(out, {.comment = "over"});
  std::vector<uint32_t> types;
  for (size_t at = 0; at < out.size();) {
    const auto length = number_at<uint32_t>(out, at + 4);
    ASSERT_GE(length, 12u);
    ASSERT_EQ(length % 4, 0u);
    EXPECT_EQ(number_at<uint32_t>(out, at + length - 4), length);
    types.push_back(number_at<uint32_t>(out, at));
    at += length;
  }
  EXPECT_THAT(types, ElementsAre(0x0a0d0d0au, 1u, 6u, 5u));
}

TEST(Pcapng, PacketHasItsNumberVerdictAndHighHalfOfTheTimeFirst) {
  std::string out;
  const auto bytes = bytes_of({1, 2, 3, 4});
  pcapng::put_packet(out, {.interface = 3,
                           .time = 0x1122334455667788,
                           .length = 60,
                           .bytes = bytes,
                           .direction = pcapng::Direction::kOut,
                           .id = 9,
                           .lost = 2,
                           .verdict = pcapng::Verdict{pcapng::Verdict::Kind::kXdp, 4},
                           .comment = {}});
  EXPECT_EQ(number_at<uint32_t>(out, 8), 3u);
  EXPECT_EQ(number_at<uint32_t>(out, 12), 0x11223344u);
  EXPECT_EQ(number_at<uint32_t>(out, 16), 0x55667788u);
  EXPECT_EQ(number_at<uint32_t>(out, 20), 4u);
  EXPECT_EQ(number_at<uint32_t>(out, 24), 60u);
  EXPECT_EQ(number_at<uint16_t>(out, 32), 4u);   // epb_dropcount
  EXPECT_EQ(number_at<uint64_t>(out, 36), 2u);
  EXPECT_EQ(number_at<uint16_t>(out, 44), 2u);   // epb_flags
  EXPECT_EQ(number_at<uint32_t>(out, 48), 2u);
  EXPECT_EQ(number_at<uint16_t>(out, 52), 5u);   // epb_packetid
  EXPECT_EQ(number_at<uint64_t>(out, 56), 9u);
  EXPECT_EQ(number_at<uint16_t>(out, 64), 7u);   // epb_verdict
  EXPECT_EQ(number_at<uint16_t>(out, 66), 9u);
  EXPECT_EQ(out[68], 2);   // Linux_eBPF_XDP
  EXPECT_EQ(number_at<uint64_t>(out, 69), 4u);
}

class LogOfCapture : public Captured {
 protected:
  CaptureLog log_of(const CaptureWish& wish) {
    return CaptureLog(*CaptureSelection::of(wish), captured_home(), 65000, wish.packets);
  }
  void note(CaptureLog& log, uint64_t packet, uint32_t cpu = 0) {
    log.note(cpu, pair(came(packet), datagram(1, 2, 7), left(packet), datagram(9, 2, 7)));
  }
};

std::vector<uint64_t> ids_in(const std::string& blocks) {
  std::vector<uint64_t> ids;
  for (size_t at = 0; at + 12 <= blocks.size(); at += number_at<uint32_t>(blocks, at + 4)) {
    if (number_at<uint32_t>(blocks, at) != 6) continue;
    size_t option = at + 28 + (number_at<uint32_t>(blocks, at + 20) + 3) / 4 * 4;
    while (number_at<uint16_t>(blocks, option) != 5)
      option += 4 + (number_at<uint16_t>(blocks, option + 2) + 3) / 4 * 4;
    ids.push_back(number_at<uint64_t>(blocks, option + 4));
  }
  return ids;
}

TEST_F(LogOfCapture, OrdersWhatSeveralCpusHaveSeen) {
  auto log = log_of({});
  EXPECT_FALSE(log.begin().empty());
  note(log, 300, 0);
  note(log, 100, 1);
  const uint64_t other_cpu = uint64_t{1} << 54;
  EXPECT_THAT(ids_in(log.take(0)), ElementsAre(other_cpu + 100, other_cpu + 100, 300, 300));
  EXPECT_THAT(log.take(0), "");
}

TEST_F(LogOfCapture, IsFullWithAsManyAsWereAskedFor) {
  auto log = log_of({.packets = 2});
  for (const uint64_t packet : {1, 2, 3}) note(log, packet);
  EXPECT_TRUE(log.is_full());
  EXPECT_THAT(ids_in(log.take(0)), ElementsAre(1, 1, 2, 2));
}

TEST_F(LogOfCapture, TellsAtItsEndWhatItWroteAndLost) {
  auto log = log_of({});
  std::string all = log.begin();
  note(log, 1);
  all += log.take(3);
  all += log.end(4, "enough");
  for (const size_t piece : {all.size(), size_t{1}, size_t{7}}) {
    cli::CaptureTotals totals;
    for (size_t at = 0; at < all.size(); at += piece) totals.read(std::string_view(all).substr(at, piece));
    ASSERT_TRUE(totals.totals()) << piece;
    EXPECT_EQ(totals.totals()->packets, 1u);
    EXPECT_EQ(totals.totals()->lost, 4u);
    EXPECT_EQ(totals.totals()->why, "enough");
  }
}

}   // namespace
}   // namespace sluice::test
