// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>

#include "base/hex.hpp"
#include "pcp/client_message.hpp"

namespace sluice::pcp {
namespace {

const IpAddress kOurAddress = *IpAddress::parse("192.168.1.2"),
                kRouterOutside = *IpAddress::parse("203.0.113.1");
const Nonce kOurNonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

PortWish wish(uint32_t life = 3600) {
  return {.client = kOurAddress, .nonce = kOurNonce, .inner = 51820, .wanted = 40000, .life = life};
}

// What this side writes, the other one reads; what that one answers, this side reads.
TEST(PcpClientMessage, BothSidesUnderstandEachOther) {
  const auto request = read_request(write_pcp_request(wish()));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->client, kOurAddress);
  EXPECT_EQ(request->nonce, kOurNonce);
  EXPECT_EQ(request->inner, 51820);
  EXPECT_EQ(request->wanted, 40000);
  EXPECT_EQ(request->life, 3600u);
  const auto answer = read_answer(write_answer(*request, {40001, kRouterOutside, 1800}, 77));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->is_nat_pmp);
  EXPECT_EQ(answer->code, Code::kSuccess);
  EXPECT_EQ(answer->epoch, 77u);
  EXPECT_EQ(answer->life, 1800u);
  EXPECT_EQ(answer->nonce, kOurNonce);
  EXPECT_EQ(answer->inner, 51820);
  EXPECT_EQ(answer->port, 40001);
  EXPECT_EQ(answer->address, kRouterOutside);
}

TEST(PcpClientMessage, SoItIsWithNatPmp) {
  const auto request = read_request(write_nat_pmp_request(wish()));
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->is_nat_pmp);
  EXPECT_EQ(request->wanted, 40000);
  const auto answer = read_answer(write_answer(*request, {40001, kRouterOutside, 1800}, 77));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->is_nat_pmp);
  EXPECT_EQ(answer->inner, 51820);
  EXPECT_EQ(answer->port, 40001);
  EXPECT_EQ(answer->life, 1800u);
  const auto asked = read_request(write_nat_pmp_address_request());
  ASSERT_TRUE(asked);
  const auto address = read_answer(write_answer(*asked, {0, kRouterOutside, 0}, 77));
  ASSERT_TRUE(address);
  EXPECT_EQ(address->kind, Kind::kAddress);
  EXPECT_EQ(address->address, kRouterOutside);
}

TEST(PcpClientMessage, AnEndOfNatPmpHasNoOutsidePort) {
  const auto request = read_request(write_nat_pmp_request(wish(0)));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->wanted, 0);
}

TEST(PcpClientMessage, RefusalsAndNewsAreRead) {
  const Bytes request = write_pcp_request(wish());
  const auto refused = read_answer(write_error(request, Code::kNotAuthorized, 5));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Code::kNotAuthorized);
  EXPECT_EQ(refused->inner, 51820);
  EXPECT_EQ(read_answer(write_announcement(9))->kind, Kind::kAnnounce);
  EXPECT_EQ(read_answer(write_announcement(9, kRouterOutside))->address, kRouterOutside);
  const Bytes old{0, 0x81, 0, 1, 0, 0, 0, 3};   // of a router that knows NAT-PMP alone
  EXPECT_EQ(read_answer(old)->code, Code::kUnsupportedVersion);
}

TEST(PcpClientMessage, WhatIsNoAnswerIsNone) {
  const auto request = read_request(write_pcp_request(wish()));
  const Bytes good = write_answer(*request, {40001, kRouterOutside, 1800}, 77);
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(read_answer(BytesView(good).first(size))) << size;
  Bytes odd = good;
  odd.push_back(0);
  EXPECT_FALSE(read_answer(odd));
  Bytes long_one = good;
  long_one.resize(kLongestMessage + 4);
  EXPECT_FALSE(read_answer(long_one));
  EXPECT_FALSE(read_answer(write_pcp_request(wish()))) << "a request";
  EXPECT_FALSE(read_answer(Bytes{0, 0x80, 0, 0, 0, 0, 0, 1})) << "an address that is missing";
}

TEST(PcpClientMessage, NoncesAreHexadecimal) {
  EXPECT_EQ(parse_nonce(hex_of(kOurNonce)), kOurNonce);
  for (const char* wrong : {"", "0102", "0102030405060708090a0bxx", "0102030405060708090a0b0c0d"})
    EXPECT_FALSE(parse_nonce(wrong)) << wrong;
}

}   // namespace
}   // namespace sluice::pcp
