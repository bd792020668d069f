// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>

#include "stun/message.hpp"

namespace sluice::stun {
namespace {

// RFC 5769 section 2.2 without what is signed: 192.0.2.1 port 32853.
const TransactionId kId{0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};
const Bytes kMapped{0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43};

Bytes answer(const Bytes& attributes, uint8_t high = 0x01, uint8_t low = 0x01) {
  Bytes message{high, low, 0, static_cast<uint8_t>(attributes.size()), 0x21, 0x12, 0xa4, 0x42};
  message.insert(message.end(), kId.begin(), kId.end());
  message.insert(message.end(), attributes.begin(), attributes.end());
  return message;
}

Bytes together(Bytes one, const Bytes& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

TEST(StunMessage, AnAnswerIsReadAsTheRfcHasIt) {
  const auto read = read_answer(answer(kMapped));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, kId);
  EXPECT_EQ(read->mapped, (Endpoint{*IpAddress::parse("192.0.2.1"), 32853}));
  EXPECT_FALSE(read->refused);
  EXPECT_FALSE(read->other);
}

TEST(StunMessage, SoIsOneOfIpv6) {
  // RFC 5769 section 2.3.
  const auto read =
      read_answer(answer({0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
                          0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->mapped, (Endpoint{*IpAddress::parse("2001:db8:1234:5678:11:2233:4455:6677"), 32853}));
}

TEST(StunMessage, TheOtherAddressIsReadAndNewThingsArePassedOver) {
  const Bytes other{0x80, 0x2c, 0x00, 0x08, 0x00, 0x01, 0x0d, 0x97, 198, 51, 100, 8};
  const Bytes unknown{0x80, 0x77, 0x00, 0x03, 1, 2, 3, 0};
  const auto read = read_answer(answer(together(together(kMapped, unknown), other)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->other, (Endpoint{*IpAddress::parse("198.51.100.8"), 3479}));
  EXPECT_FALSE(read_answer(answer(together(kMapped, {0x00, 0x77, 0x00, 0x00})))) << "has to be understood";
}

TEST(StunMessage, ARefusalSaysNothingOfUs) {
  const auto read = read_answer(answer(together({0x00, 0x09, 0x00, 0x04, 0, 0, 4, 20}, kMapped), 0x01, 0x11));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->refused);
  EXPECT_FALSE(read->mapped);
}

TEST(StunMessage, WhatIsCutOrSomethingElseIsNoAnswer) {
  const Bytes good = answer(kMapped);
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(read_answer(BytesView(good).first(size))) << size;
  EXPECT_FALSE(read_answer(answer({}))) << "nothing is mapped";
  EXPECT_FALSE(read_answer(answer(kMapped, 0x00, 0x01))) << "a request";
  Bytes cookie = good;
  cookie[4] ^= 1;
  EXPECT_FALSE(read_answer(cookie));
  Bytes too_long = good;
  too_long[23] = 200;   // the value of its attribute ends behind the message
  EXPECT_FALSE(read_answer(too_long));
  Bytes family = good;
  family[25] = 3;
  EXPECT_FALSE(read_answer(family));
}

TEST(StunMessage, ARequestSaysWhoIsToAnswerAndWhere) {
  const Bytes plain = write_request({.id = kId});
  EXPECT_EQ(plain.size(), 20u);
  const Bytes all =
      write_request({.id = kId, .change_address = true, .change_port = true, .answer_port = 51820});
  const Bytes attributes{0x00, 0x03, 0x00, 0x04, 0, 0, 0, 6, 0x00, 0x27, 0x00, 0x04, 0xca, 0x6c, 0, 0};
  EXPECT_EQ(Bytes(all.begin() + 20, all.end()), attributes);
  EXPECT_EQ(all[3], 16);
}

TEST(StunMessage, AServerReadsWhatClientsAskAndTheyReadItsAnswer) {
  for (const char* text : {"192.0.2.1", "2001:db8:1234:5678:11:2233:4455:6677"}) {
    const Endpoint from{*IpAddress::parse(text), 32853};
    const Bytes request = write_request({.id = kId, .fills_up = true});
    ASSERT_EQ(read_request(request), kId);
    const Bytes message = write_answer(kId, from);
    EXPECT_LE(message.size(), request.size()) << "nobody is flooded by it";
    const auto read = read_answer(message);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, kId);
    EXPECT_EQ(read->mapped, from);
  }
  EXPECT_EQ(write_answer(kId, {*IpAddress::parse("192.0.2.1"), 32853}), answer(kMapped));
}

TEST(StunMessage, AServerHearsNothingElse) {
  EXPECT_EQ(read_request(write_request({.id = kId})), kId);
  EXPECT_FALSE(read_request(answer(kMapped))) << "answers that go round";
  EXPECT_FALSE(read_request(write_request({.id = kId, .change_address = true}))) << "what it cannot do";
  Bytes cut = write_request({.id = kId, .fills_up = true});
  cut.pop_back();
  EXPECT_FALSE(read_request(cut));
  EXPECT_FALSE(read_request({}));
}

}   // namespace
}   // namespace sluice::stun
