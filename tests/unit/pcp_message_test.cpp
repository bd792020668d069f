// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>

#include "base/hex.hpp"
#include "pcp/message.hpp"

namespace sluice::pcp {
namespace {

using testing::ElementsAre;

const IpAddress kClient = *IpAddress::parse("192.168.10.2");

void add_address(Bytes& bytes, const IpAddress& address) {
  bytes.insert(bytes.end(), address.bytes().begin(), address.bytes().end());
}

// Of UDP port 5060 for a minute, with port 6000 outside if it can be had.
Bytes map_request(const Bytes& options = {}) {
  Bytes message{2, 1, 0, 0, 0, 0, 0, 60};
  add_address(message, kClient);
  for (uint8_t i = 0; i < 12; ++i) message.push_back(i);
  message.insert(message.end(), {17, 0, 0, 0, 0x13, 0xc4, 0x17, 0x70});
  add_address(message, IpAddress());
  message.insert(message.end(), options.begin(), options.end());
  return message;
}

Code refused(const Bytes& message) {
  const auto request = read_request(message);
  if (request || !request.error()) return Code::kSuccess;
  return *request.error();
}

bool passed_over(const Bytes& message) {
  const auto request = read_request(message);
  return !request && !request.error();
}

TEST(PcpMessage, AMapIsRead) {
  const auto request = read_request(map_request({2, 0, 0, 0}));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->kind, Kind::kMap);
  EXPECT_FALSE(request->is_nat_pmp);
  EXPECT_EQ(request->life, 60u);
  EXPECT_EQ(request->client, kClient);
  EXPECT_EQ(hex_of(request->nonce), "000102030405060708090a0b");
  EXPECT_EQ(request->protocol, 17);
  EXPECT_EQ(request->inner, 5060);
  EXPECT_EQ(request->wanted, 6000);
  EXPECT_TRUE(request->exactly);
  EXPECT_FALSE(request->third_party);
}

TEST(PcpMessage, AnotherHostMayBeMeant) {
  Bytes option{1, 0, 0, 16};
  add_address(option, *IpAddress::parse("192.168.10.3"));
  const auto request = read_request(map_request(option));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->third_party, IpAddress::parse("192.168.10.3"));
  Bytes twice = option;
  twice.insert(twice.end(), option.begin(), option.end());
  EXPECT_EQ(refused(map_request(twice)), Code::kMalformedOption);
}

TEST(PcpMessage, WhatIsWrongIsNamed) {
  Bytes message = map_request();
  message[0] = 3;
  EXPECT_EQ(refused(message), Code::kUnsupportedVersion);
  message = map_request();
  message[1] = 2;
  EXPECT_EQ(refused(message), Code::kUnsupportedOpcode) << "PEER";
  message = map_request();
  message[36] = 132;
  EXPECT_EQ(refused(message), Code::kUnsupportedProtocol);
  message[36] = 0;
  EXPECT_EQ(refused(message), Code::kMalformedRequest) << "a port of all protocols";
  message[40] = message[41] = 0;
  EXPECT_EQ(refused(message), Code::kUnsupportedProtocol) << "the whole host";
  message = map_request();
  message.resize(56);
  EXPECT_EQ(refused(message), Code::kMalformedRequest);
  message.resize(23);
  EXPECT_EQ(refused(message), Code::kMalformedRequest);
  EXPECT_EQ(refused(map_request({0, 0, 0, 4})), Code::kMalformedOption) << "its value is missing";
  EXPECT_EQ(refused(map_request({3, 0, 0, 0})), Code::kUnsupportedOption) << "FILTER";
  EXPECT_EQ(refused(map_request({1, 0, 0, 0})), Code::kMalformedOption);
  EXPECT_TRUE(read_request(map_request({0x83, 0, 0, 0}))) << "one that may be passed over";
  EXPECT_EQ(refused(map_request(Bytes(1100 - 60 + 4, 0x83))), Code::kMalformedRequest) << "too long";
}

TEST(PcpMessage, AnswersAreNotHeard) {
  Bytes message = map_request();
  message[1] |= 0x80;
  EXPECT_TRUE(passed_over(message));
  EXPECT_TRUE(passed_over({2}));
  EXPECT_TRUE(passed_over({}));
  EXPECT_TRUE(passed_over({0, 0x81}));
}

TEST(PcpMessage, AnAnswerSaysWhatWasGranted) {
  const auto request = read_request(map_request());
  ASSERT_TRUE(request);
  const Bytes answer = write_answer(*request, {6001, *IpAddress::parse("203.0.113.1"), 50}, 258);
  ASSERT_EQ(answer.size(), 60u);
  EXPECT_THAT(Bytes(answer.begin(), answer.begin() + 12),
              ElementsAre(2, 0x81, 0, 0, 0, 0, 0, 50, 0, 0, 1, 2));
  EXPECT_THAT(Bytes(answer.begin() + 36, answer.begin() + 44),
              ElementsAre(17, 0, 0, 0, 0x13, 0xc4, 0x17, 0x71));
  EXPECT_THAT(Bytes(answer.begin() + 54, answer.end()), ElementsAre(0xff, 0xff, 203, 0, 113, 1));
}

TEST(PcpMessage, AnErrorHasTheRequestAgain) {
  const Bytes request = map_request();
  const Bytes answer = write_error(request, Code::kQuota, 7);
  ASSERT_EQ(answer.size(), request.size());
  EXPECT_THAT(Bytes(answer.begin(), answer.begin() + 12),
              ElementsAre(2, 0x81, 0, 10, 0, 0, 0, 30, 0, 0, 0, 7));
  EXPECT_EQ(Bytes(answer.begin() + 24, answer.end()), Bytes(request.begin() + 24, request.end()));
  EXPECT_EQ(write_error(Bytes{2, 9}, Code::kMalformedRequest, 7).size(), 24u);
  EXPECT_EQ(write_error(Bytes(2000, 1), Code::kUnsupportedVersion, 7).size(), 1100u);
}

TEST(NatPmpMessage, AMapIsRead) {
  const auto request = read_request(Bytes{0, 2, 0, 0, 0, 22, 0x17, 0x70, 0, 0, 0, 60});
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->is_nat_pmp);
  EXPECT_EQ(request->protocol, 6);
  EXPECT_EQ(request->inner, 22);
  EXPECT_EQ(request->wanted, 6000);
  EXPECT_EQ(request->life, 60u);
  EXPECT_THAT(write_answer(*request, {6001, *IpAddress::parse("203.0.113.1"), 50}, 7),
              ElementsAre(0, 0x82, 0, 0, 0, 0, 0, 7, 0, 22, 0x17, 0x71, 0, 0, 0, 50));
  EXPECT_THAT(write_error(request->message, Code::kQuota, 7),
              ElementsAre(0, 0x82, 0, 4, 0, 0, 0, 7, 0, 22, 0, 0, 0, 0, 0, 0));
}

TEST(NatPmpMessage, ThePublicAddressIsTold) {
  const auto request = read_request(Bytes{0, 0});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->kind, Kind::kAddress);
  EXPECT_THAT(write_answer(*request, {0, *IpAddress::parse("203.0.113.1"), 0}, 7),
              ElementsAre(0, 0x80, 0, 0, 0, 0, 0, 7, 203, 0, 113, 1));
}

TEST(NatPmpMessage, WhatIsNoneIsPassedOver) {
  EXPECT_EQ(refused({0, 3}), Code::kUnsupportedOpcode);
  EXPECT_TRUE(passed_over({0, 1, 0, 0}));
  EXPECT_TRUE(passed_over({0, 0, 0})) << "too long";
  EXPECT_TRUE(passed_over({0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60})) << "all ports are ended alone";
}

}   // namespace
}   // namespace sluice::pcp
