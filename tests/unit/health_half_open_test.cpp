// SPDX-License-Identifier: GPL-2.0-or-later
// The packets of half-open checks: how a question is written, what answers it, and what a socket's filter
// lets in.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/checksum.hpp"
#include "base/unique_fd.hpp"
#include "health/checker.hpp"
#include "health/syn_filter.hpp"
#include "health/syn_packet.hpp"

namespace sluice::test {
namespace {

using SynBytes = std::vector<uint8_t>;

IpAddress ip_of(std::string_view text) { return *IpAddress::parse(text); }

// Behind a pseudo-header (RFC 9293 section 3.1): 0 where the segment's checksum is right.
uint16_t checksum_with(const SynBytes& addresses, std::span<const uint8_t> segment) {
  SynBytes covered = addresses;
  covered.insert(covered.end(), {0, IPPROTO_TCP, 0, static_cast<uint8_t>(segment.size())});
  covered.insert(covered.end(), segment.begin(), segment.end());
  return internet_checksum(covered.data(), covered.size());
}

TEST(HealthSyn, IsWrittenForIpv4) {
  const SynBytes packet = syn_packet({ip_of("192.0.2.1"), 0x1234}, {ip_of("198.51.100.7"), 443}, 0xa1b2c3d4);
  ASSERT_EQ(packet.size(), 44u);
  EXPECT_EQ(SynBytes(packet.begin(), packet.begin() + 4), (SynBytes{0x45, 0, 0, 44}));
  EXPECT_EQ(packet[9], IPPROTO_TCP);
  const SynBytes addresses(packet.begin() + 12, packet.begin() + 20);
  EXPECT_EQ(addresses, (SynBytes{192, 0, 2, 1, 198, 51, 100, 7}));
  const SynBytes tcp(packet.begin() + 20, packet.end());
  EXPECT_EQ(SynBytes(tcp.begin(), tcp.begin() + 14),
            (SynBytes{0x12, 0x34, 0x01, 0xbb, 0xa1, 0xb2, 0xc3, 0xd4, 0, 0, 0, 0, 0x60, 0x02}));
  EXPECT_EQ(SynBytes(tcp.begin() + 20, tcp.end()), (SynBytes{2, 4, 0x05, 0xb4})) << "the largest segment";
  EXPECT_EQ(checksum_with(addresses, tcp), 0);
}

TEST(HealthSyn, IsWrittenForIpv6) {
  const SynBytes packet = syn_packet({ip_of("2001:db8::1"), 7}, {ip_of("2001:db8::7"), 80}, 1);
  ASSERT_EQ(packet.size(), 64u);
  EXPECT_EQ(packet[0], 0x60);
  EXPECT_EQ(packet[5], 24);
  EXPECT_EQ(packet[6], IPPROTO_TCP);
  EXPECT_EQ(checksum_with({packet.begin() + 8, packet.begin() + 40}, std::span(packet).subspan(40)), 0);
}

// From 198.51.100.7 port 443 to port 0x1234, behind a header of IPv4 with so many words.
SynBytes syn_answer(uint8_t flags, uint32_t acknowledged, uint8_t words = 5) {
  SynBytes packet(size_t{words} * 4, 0);
  packet[0] = static_cast<uint8_t>(0x40 | words);
  packet[9] = IPPROTO_TCP;
  const SynBytes source{198, 51, 100, 7};
  std::copy(source.begin(), source.end(), packet.begin() + 12);
  SynBytes tcp{0x01, 0xbb, 0x12, 0x34, 9, 9, 9, 9};
  for (int shift = 24; shift >= 0; shift -= 8) tcp.push_back(static_cast<uint8_t>(acknowledged >> shift));
  tcp.insert(tcp.end(), {0x50, flags, 0xff, 0xff, 0, 0, 0, 0});
  packet.insert(packet.end(), tcp.begin(), tcp.end());
  return packet;
}

constexpr uint8_t kFinBit = 1, kSynBit = 2, kRstBit = 4, kPushBit = 8, kAckBit = 16;

TEST(HealthSynAnswer, ASynAckAcceptsAndAResetRefuses) {
  const Endpoint from{ip_of("198.51.100.7"), 443};
  EXPECT_EQ(read_answer(syn_answer(kSynBit | kAckBit, 0x01020305)),
            (SynAnswer{.from = from, .to_port = 0x1234, .number = 0x01020304, .refuses = false}));
  EXPECT_EQ(read_answer(syn_answer(kRstBit | kAckBit, 0x01020305)),
            (SynAnswer{.from = from, .to_port = 0x1234, .number = 0x01020304, .refuses = true}));
  EXPECT_EQ(read_answer(syn_answer(kSynBit | kAckBit, 0, 15))->number, 0xffffffff)
      << "numbers go round; IP has options";
  EXPECT_TRUE(read_answer(syn_answer(kSynBit | kAckBit | kPushBit, 1))) << "flags that say nothing here";
}

TEST(HealthSynAnswer, NothingElseAnswers) {
  for (const uint8_t flags : {uint8_t{0}, kSynBit, kRstBit, kAckBit, uint8_t(kFinBit | kAckBit),
                              uint8_t(kSynBit | kRstBit | kAckBit), uint8_t(kSynBit | kRstBit)})
    EXPECT_FALSE(read_answer(syn_answer(flags, 1))) << int{flags};
}

TEST(HealthSynAnswer, WhatIsCutOffOrOfAnotherProtocolIsNone) {
  SynBytes packet = syn_answer(kSynBit | kAckBit, 1);
  for (size_t size = 0; size < packet.size(); ++size)
    EXPECT_FALSE(read_answer(std::span(packet).first(size))) << size;
  packet[9] = IPPROTO_UDP;
  EXPECT_FALSE(read_answer(packet));
  packet = syn_answer(kSynBit | kAckBit, 1);
  packet[0] = 0x44;
  EXPECT_FALSE(read_answer(packet)) << "a header that is too short";
  packet[0] = 0x4f;
  EXPECT_FALSE(read_answer(packet)) << "one that is longer than the packet";
}

TEST(HealthSynAnswer, AnErrorQuotesPortsAndNumber) {
  const SynBytes quoted{0x12, 0x34, 0x01, 0xbb, 1, 2, 3, 4};
  const auto syn = read_quote(quoted);
  ASSERT_TRUE(syn);
  EXPECT_EQ(syn->from_port, 0x1234);
  EXPECT_EQ(syn->to_port, 443);
  EXPECT_EQ(syn->number, 0x01020304u);
  EXPECT_FALSE(read_quote(std::span(quoted).first(7)));
}

TEST(HealthSynNumbers, GoOnBehindTheLastAndHaveTheTagOfTheTarget) {
  const SynNumbers numbers(0x9e3779b9, 0x1234567);
  uint32_t last = 0xfffffff0;
  for (const uint32_t chance : {0u, 1u, 0x7fffffffu, 0xffffffffu}) {
    const uint32_t next = numbers.next(ip_of("192.0.2.7"), last, chance);
    EXPECT_GT(static_cast<int32_t>(next - last), 0) << chance;
    EXPECT_LE(next - last, (1u << 30) + 512) << chance;
    EXPECT_EQ(next & 0xff, numbers.tag_of(ip_of("192.0.2.7")));
    last = next;
  }
}

// A filter works on what a pair of sockets carries as it does on packets; that of IPv6 looks at a header
// which these have not.
class HealthFilter : public testing::Test {
 protected:
  HealthFilter() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    ours_.reset(ends[0]);
    theirs_.reset(ends[1]);
    auto code = answers_alone(Family::kIpv4, ports_, numbers_);
    const sock_fprog program{.len = static_cast<unsigned short>(code.size()), .filter = code.data()};
    EXPECT_EQ(::setsockopt(ours_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0);
  }
  bool passes(const SynBytes& packet) {
    std::array<uint8_t, 256> buffer;
    (void)!::send(theirs_.get(), packet.data(), packet.size(), 0);
    return ::recv(ours_.get(), buffer.data(), buffer.size(), 0) > 0;
  }
  uint32_t right(uint32_t high = 0xabcdef) const {
    return (high << 8 | numbers_.tag_of(ip_of("198.51.100.7"))) + 1;
  }

  const std::array<uint16_t, 3> ports_{0, 7, 0x1234};
  const SynNumbers numbers_{0xdeadbeef, 0x13579bdf};
  UniqueFd ours_, theirs_;
};

TEST_F(HealthFilter, LetsAnswersIn) {
  EXPECT_TRUE(passes(syn_answer(kSynBit | kAckBit, right())));
  EXPECT_TRUE(passes(syn_answer(kRstBit | kAckBit, right(0xffffff), 15)));
}

TEST_F(HealthFilter, KeepsOutOtherPortsAndFlags) {
  SynBytes packet = syn_answer(kSynBit | kAckBit, right());
  packet[23] = 0x35;
  EXPECT_FALSE(passes(packet));
  for (const uint8_t flags : {uint8_t{0}, kSynBit, kRstBit, kAckBit, uint8_t(kFinBit | kAckBit)})
    EXPECT_FALSE(passes(syn_answer(flags, right()))) << int{flags};
}

TEST_F(HealthFilter, KeepsOutNumbersThatTheTargetWasNotSent) {
  for (uint32_t miss = 1; miss < 256; ++miss)
    EXPECT_FALSE(passes(syn_answer(kSynBit | kAckBit, right() + miss))) << miss;
}

TEST(HealthSchedule, AQuestionIsRepeatedWhileThereIsTime) {
  using std::chrono::milliseconds;
  EXPECT_EQ(first_pause(milliseconds(5000)), std::chrono::seconds(1)) << "as TCP does";
  EXPECT_EQ(first_pause(milliseconds(1000)), milliseconds(500));
  EXPECT_EQ(first_pause(milliseconds(10)), milliseconds(5));
}

}   // namespace
}   // namespace sluice::test
