// SPDX-License-Identifier: GPL-2.0-or-later
// Endpoints of networks in place of addresses, where explain is asked.
#include <gmock/gmock.h>

#include "explain/question.hpp"
#include "network_fixture.hpp"

namespace sluice::test {
namespace {

using testing::HasSubstr;

Document explained_network() {
  Document document;
  Network network = home();
  network.zone = network.vrf = network.name;
  network.device = "wg-home";
  network.endpoints = {phone(), phone()};
  network.endpoints[1].name = "laptop";
  network.endpoints[1].address = ip("10.100.0.3");
  network.endpoints[1].address6.reset();
  document.networks = {network};
  Interface tunnel;
  tunnel.name = network.device;
  document.interfaces = {tunnel};
  return document;
}

Question question_of(const QuestionText& text) {
  const auto question = parse_question(text, explained_network());
  EXPECT_TRUE(question) << question.error().message;
  return question.value_or(Question{});
}

std::string refusal_of(const QuestionText& text) {
  const auto question = parse_question(text, explained_network());
  return question ? "" : question.error().message;
}

TEST(QuestionByEndpoint, SaysTheInterfaceAndTheAddress) {
  const Question asked = question_of({"", "tcp", "home/phone", "198.51.100.7:443"});
  EXPECT_EQ(asked.in, "wg-home");
  EXPECT_EQ(asked.source.address, ip("10.100.0.2"));
  EXPECT_NE(asked.source.port, 0);
  EXPECT_EQ(question_of({"", "tcp", "home/phone:5000", "198.51.100.7:443"}).source.port, 5000);
  EXPECT_EQ(question_of({"", "icmp", "home/phone", "198.51.100.7"}).source.port, 0);
}

TEST(QuestionByEndpoint, TheFamilyIsThatOfTheOtherSide) {
  EXPECT_EQ(question_of({"", "udp", "home/phone", "[2001:db8::7]:53"}).source.address, ip("2001:db8:100::2"));
  EXPECT_EQ(question_of({"wg-home", "udp", "[2001:db8::7]:53", "home/phone:53"}).destination.address,
            ip("2001:db8:100::2"));
  const Question among = question_of({"", "tcp", "home/phone", "home/laptop:22"});
  EXPECT_EQ(among.destination.address, ip("10.100.0.3"));
  EXPECT_EQ(among.destination.port, 22);
}

TEST(QuestionByEndpoint, WhatIsWrongIsSaid) {
  EXPECT_THAT(refusal_of({"", "tcp", "home/fone", "198.51.100.7:443"}),
              HasSubstr("did you mean home/phone?"));
  EXPECT_THAT(refusal_of({"", "tcp", "shop/x", "198.51.100.7:443"}),
              HasSubstr("the source \"shop/x\" is no endpoint of a network"));
  EXPECT_THAT(refusal_of({"", "udp", "home/laptop", "[2001:db8::7]:53"}),
              HasSubstr("has no ipv6 address in the tunnel"));
  EXPECT_THAT(refusal_of({"", "tcp", "home/phone", "home/laptop"}), HasSubstr("needs a port"));
  EXPECT_THAT(refusal_of({"", "icmp", "home/phone:5", "198.51.100.7"}),
              HasSubstr("has a port, and icmp has none"));
  EXPECT_THAT(refusal_of({"", "tcp", "home/phone:0", "198.51.100.7:443"}), HasSubstr("needs a port"));
  EXPECT_THAT(refusal_of({"", "tcp", "10.0.0.1:5", "198.51.100.7:443"}), HasSubstr("--in INTERFACE"));
  EXPECT_THAT(refusal_of({"wg-hom", "tcp", "home/phone", "198.51.100.7:443"}),
              HasSubstr("did you mean wg-home?"));
}

}   // namespace
}   // namespace sluice::test
