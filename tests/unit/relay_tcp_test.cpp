// SPDX-License-Identifier: GPL-2.0-or-later
// Tunnels over TLS: datagrams in a stream, how many connections a relay has, and what processes say.
#include <gtest/gtest.h>

#include "relay_tcp/carried.hpp"
#include "relay_tcp/visitors.hpp"
#include "relay_tcp/wire.hpp"

namespace sluice::test {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes message_of(uint8_t type, size_t size) {
  Bytes message(size, 7);
  message[0] = type;
  message[1] = message[2] = message[3] = 0;
  return message;
}

TEST(Carried, ComesOutAsItWentInHoweverTheStreamIsCut) {
  const std::vector<Bytes> sent = {message_of(1, 148), message_of(4, kShortestCarried),
                                   message_of(4, kLongestCarried)};
  Bytes stream;
  for (const Bytes& one : sent) append_carried(stream, one);
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{149}, stream.size()}) {
    CarriedReader reader;
    std::vector<Bytes> heard;
    for (size_t at = 0; at < stream.size(); at += piece) {
      const auto next = std::span(stream).subspan(at, std::min(piece, stream.size() - at));
      ASSERT_TRUE(reader.read(next, [&](auto one) { heard.emplace_back(one.begin(), one.end()); }));
    }
    EXPECT_EQ(heard, sent) << piece;
  }
}

TEST(Carried, WhatIsNoMessageOfWireguardEndsIt) {
  const auto is_read = [](const Bytes& datagram, std::optional<uint16_t> length = {}) {
    Bytes stream;
    append_carried(stream, datagram);
    if (length) stream[0] = static_cast<uint8_t>(*length >> 8), stream[1] = static_cast<uint8_t>(*length);
    return CarriedReader().read(stream, [](auto) {});
  };
  EXPECT_TRUE(is_read(message_of(3, 64)));
  for (const uint8_t type : {0, 5, 0x16}) EXPECT_FALSE(is_read(message_of(type, 64)));
  Bytes flagged = message_of(4, 64);
  flagged[3] = 1;
  EXPECT_FALSE(is_read(flagged));
  for (const uint16_t length : {uint16_t{0}, uint16_t{31}, uint16_t{kLongestCarried + 1}, uint16_t{0xffff}})
    EXPECT_FALSE(is_read(message_of(4, 64), length)) << length;
}

TEST(Carried, AnswersProveAKeyAndQuestionsDoNot) {
  for (const uint8_t type : {2, 4}) EXPECT_TRUE(is_wireguard_answer(message_of(type, 92)));
  for (const uint8_t type : {1, 3}) EXPECT_FALSE(is_wireguard_answer(message_of(type, 92)));
}

IpAddress source(uint32_t number) { return IpAddress::from_ipv4(0xc6336400 + number); }

TEST(Visitors, OneAddressTakesNoPlaceOfOthers) {
  Visitors visitors;
  std::optional<Visitors::Number> left;
  const auto first = visitors.come(source(1), left);
  for (size_t n = 1; n < Visitors::kMostOfOne; ++n) ASSERT_TRUE(visitors.come(source(1), left) && !left);
  const auto honest = visitors.come(source(2), left);
  ASSERT_TRUE(honest && !left);
  ASSERT_TRUE(visitors.come(source(1), left));
  EXPECT_EQ(left, first) << "its own oldest goes";
  EXPECT_EQ(visitors.count(), Visitors::kMostOfOne + 1);
}

TEST(Visitors, WhoHasShownAKeyStays) {
  Visitors visitors;
  std::optional<Visitors::Number> left;
  for (size_t n = 0; n < Visitors::kMostOfOne; ++n) visitors.prove(*visitors.come(source(1), left));
  EXPECT_FALSE(visitors.come(source(1), left));
  EXPECT_FALSE(left);
}

TEST(Visitors, OneClientWithManyAddressesShutsNobodyOut) {
  Visitors visitors;
  std::optional<Visitors::Number> left;
  const auto of_network = [](uint32_t number) {
    return *IpAddress::parse("2001:db8:7:" + std::to_string(number) + "::1");
  };
  const auto first = visitors.come(of_network(0), left);
  visitors.prove(*first);
  for (uint32_t n = 1; visitors.count() < Visitors::kMost; ++n)
    visitors.prove(*visitors.come(of_network(n / Visitors::kMostOfOne), left));
  EXPECT_FALSE(visitors.come(of_network(100), left)) << "it has more than others";
  EXPECT_FALSE(left);
  const auto other = visitors.come(source(1), left);
  ASSERT_TRUE(other);
  EXPECT_EQ(left, first);
  visitors.prove(*other);
  ASSERT_TRUE(visitors.come(*IpAddress::parse("2001:db8:8::1"), left));
  EXPECT_NE(left, other);
  EXPECT_EQ(visitors.count(), Visitors::kMost);
}

TEST(Visitors, TheUnknownAreFewAndWhoHasMostGoesFirst) {
  Visitors visitors;
  std::optional<Visitors::Number> left;
  const auto honest = visitors.come(source(200), left);
  for (uint32_t n = 0; visitors.count() < Visitors::kMostUnknown; ++n)
    ASSERT_TRUE(visitors.come(source(n / (Visitors::kMostOfOne - 1)), left) && !left);
  for (uint32_t n = 0; n < 100; ++n) {
    ASSERT_TRUE(visitors.come(source(100 + n / 40), left));
    ASSERT_TRUE(left);
    EXPECT_NE(left, honest);
  }
  EXPECT_EQ(visitors.count(), Visitors::kMostUnknown);
}

TEST(Visitors, AHostOfIpv6IsOneWhateverItsAddress) {
  EXPECT_EQ(source_of_visitor(*IpAddress::parse("2001:db8::1:2")),
            source_of_visitor(*IpAddress::parse("2001:db8::9")));
  EXPECT_NE(source_of_visitor(*IpAddress::parse("2001:db8:0:1::1")),
            source_of_visitor(*IpAddress::parse("2001:db8::1")));
}

TEST(Visitors, AllAreGoneWhenTheyLeave) {
  Visitors visitors;
  std::optional<Visitors::Number> left;
  std::vector<Visitors::Number> all;
  for (uint32_t n = 0; n < 100; ++n) all.push_back(*visitors.come(source(n % 7), left));
  for (size_t n = 0; n < all.size(); n += 2) visitors.prove(all[n]);
  for (const auto number : all) visitors.leave(number);
  EXPECT_EQ(visitors.count(), 0u);
  visitors.leave(all.front());
  for (size_t n = 0; n < Visitors::kMostOfOne; ++n) EXPECT_TRUE(visitors.come(source(1), left) && !left);
}

TEST(RelayTcpWire, SaysWhatItHears) {
  const RelayTcpOrder order{
      .listen = RelayTcpListen{443, 51830},
      .calls = {{"eu", *parse_endpoint("203.0.113.1:443")}, {"us", *parse_endpoint("[2001:db8::1]:8443")}}};
  EXPECT_EQ(decode_relay_tcp_order(encode_relay_tcp_order(order)), order);
  EXPECT_EQ(decode_relay_tcp_order(encode_relay_tcp_order({})), RelayTcpOrder());
  const RelayTcpNews news{
      .troubles = {"relay: listen"},
      .calls = {{.name = "eu", .port = 40000, .connected = true, .udp_answers = true, .trouble = ""},
                {.name = "us", .port = 0, .connected = false, .udp_answers = false, .trouble = "refused"}}};
  EXPECT_EQ(decode_relay_tcp_news(encode_relay_tcp_news(news)), news);
}

TEST(RelayTcpWire, NonsenseIsAnError) {
  for (const char* line : {"", "{}", "[]", R"({"listen":{"port":"x","tunnel":1},"calls":[]})",
                           R"({"listen":null,"calls":[{"name":"eu","at":{"address":"x","port":1}}]})"})
    EXPECT_FALSE(decode_relay_tcp_order(line)) << line;
  for (const char* line : {"", "{}", R"({"troubles":"many","calls":[]})"})
    EXPECT_FALSE(decode_relay_tcp_news(line)) << line;
}

}   // namespace
}   // namespace sluice::test
