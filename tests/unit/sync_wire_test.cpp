// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of the process that carries the state of flows to other gateways.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sync/wire.hpp"

namespace sluice {
namespace {

const IpAddress kThisGateway = *IpAddress::parse("192.0.2.1"), kThatGateway = *IpAddress::parse("192.0.2.2");

SyncOrder two_gateways() {
  return {.device = "link0",
          .own = kThisGateway,
          .peers = {kThatGateway},
          .port = 7777,
          .key = {1, 2, 255},
          .node = "gw1",
          .sends = true};
}

// The order with one member changed.
std::string order_with(const std::string& member, const nlohmann::json& value) {
  auto order = nlohmann::json::parse(encode_sync_order(two_gateways()));
  order[member] = value;
  return order.dump();
}

TEST(SyncLines, AnOrderIsReadAsItWasWritten) {
  const std::string line = encode_sync_order(two_gateways());
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_LE(line.size(), kLongestSyncLine);
  ASSERT_TRUE(decode_sync_order(line));
  EXPECT_EQ(*decode_sync_order(line), two_gateways());
  ASSERT_TRUE(decode_sync_request(line));
  EXPECT_EQ(*decode_sync_request(line), SyncRequest(two_gateways()));
}

TEST(SyncLines, AnOrderThatMakesNoSenseIsRefused) {
  EXPECT_TRUE(decode_sync_order(order_with("port", 1)));
  for (const nlohmann::json& port : {nlohmann::json(0), nlohmann::json(65'536), nlohmann::json(-1),
                                     nlohmann::json(1.5), nlohmann::json("1"), nlohmann::json()})
    EXPECT_FALSE(decode_sync_order(order_with("port", port))) << port;
  for (const char* device : {"", "a name of a device", "a/b", "more-than-15-ch."})
    EXPECT_FALSE(decode_sync_order(order_with("device", device))) << device;
  for (const char* key : {"", "AAAA", "no base64"})
    EXPECT_FALSE(decode_sync_order(order_with("key", key))) << key;
  EXPECT_FALSE(decode_sync_order(order_with("own", "192.0.2")));
  EXPECT_FALSE(decode_sync_order(order_with("node", "")));
  EXPECT_FALSE(decode_sync_order(order_with("sends", 1)));
  EXPECT_FALSE(decode_sync_order(order_with("another", 1)));
  EXPECT_FALSE(decode_sync_order(""));
  EXPECT_FALSE(decode_sync_order("[]"));
  EXPECT_FALSE(decode_sync_order("{}"));
}

TEST(SyncLines, APeerIsAnotherGatewayOfTheSameFamilyAndNamedOnce) {
  for (const nlohmann::json& peers :
       {nlohmann::json("192.0.2.2"), nlohmann::json({"192.0.2.1"}), nlohmann::json({"2001:db8::2"}),
        nlohmann::json({"192.0.2.2", "192.0.2.2"}), nlohmann::json({"gw2"}), nlohmann::json({1})})
    EXPECT_FALSE(decode_sync_order(order_with("peers", peers))) << peers;
  EXPECT_TRUE(decode_sync_order(order_with("peers", nlohmann::json::array())));
}

TEST(SyncLines, WhatIsWrongWithAnOrderDoesNotTellItsKey) {
  const auto order = nlohmann::json::parse(encode_sync_order(two_gateways()));
  const std::string key = order["key"];
  const auto refused = decode_sync_order(R"({"key":")" + key + "\" oops");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find(key.substr(0, 4)), std::string::npos) << refused.error().message;
}

TEST(SyncLines, PiecesAreReadAsTheyWereWritten) {
  const std::string piece = "{\"any\": text}, all of it \t with blanks ";
  EXPECT_EQ(encode_sync_all("x"), "all x\n");
  EXPECT_EQ(*decode_sync_request(encode_sync_all(piece)), SyncRequest(SyncAll{piece}));
  EXPECT_EQ(*decode_sync_request(encode_sync_back(kThatGateway, piece)),
            SyncRequest(SyncBack{kThatGateway, piece}));
  EXPECT_EQ(encode_sync_from(kThatGateway, "x"), "from 192.0.2.2 x\n");
  EXPECT_EQ(*decode_sync_report(encode_sync_from(kThatGateway, piece)),
            SyncReport(SyncFrom{kThatGateway, piece}));
  EXPECT_EQ(*decode_sync_report(encode_sync_answer(kThatGateway, piece)),
            SyncReport(SyncAnswer{kThatGateway, piece}));
}

TEST(SyncLines, APieceHasSomethingInOneLineThatIsNotTooLong) {
  EXPECT_TRUE(is_sync_payload(std::string(kLongestSyncPayload, 'x')));
  EXPECT_FALSE(is_sync_payload(std::string(kLongestSyncPayload + 1, 'x')));
  EXPECT_FALSE(is_sync_payload(""));
  EXPECT_FALSE(is_sync_payload("two\nlines"));
  EXPECT_TRUE(decode_sync_request(encode_sync_all(std::string(kLongestSyncPayload, 'x'))));
  for (const std::string& line :
       {std::string("all"), std::string("all "), std::string("all \n"), std::string("all x\n\n"),
        std::string("all x\ny"), std::string("alls x"), std::string("ALL x"), std::string("back 192.0.2.2"),
        std::string("back 192.0.2.2 "), std::string("back gw2 x"), std::string("back  x"), std::string(""),
        std::string("from 192.0.2.2 x"), "all " + std::string(kLongestSyncPayload + 1, 'x')})
    EXPECT_FALSE(decode_sync_request(line)) << line.substr(0, 40);
  for (const char* line : {"from", "from 192.0.2.2", "from 192.0.2.2 ", "answer gw2 x", "all x", ""})
    EXPECT_FALSE(decode_sync_report(line)) << line;
}

TEST(SyncLines, NewsAreReadAsTheyWereWritten) {
  const SyncNews news{.peers = {{.address = kThatGateway,
                                 .node = "gw2",
                                 .sends_to = true,
                                 .hears_from = false,
                                 .sessions = 3,
                                 .trouble = "it has another key"},
                                {.address = *IpAddress::parse("2001:db8::3")}},
                      .trouble = "listen at 192.0.2.1:7777: no"};
  ASSERT_TRUE(decode_sync_news(encode_sync_news(news)));
  EXPECT_EQ(*decode_sync_news(encode_sync_news(news)), news);
  EXPECT_EQ(*decode_sync_report(encode_sync_news(news)), SyncReport(news));
  EXPECT_FALSE(decode_sync_news(R"({"peers":[]})"));
  EXPECT_FALSE(decode_sync_news(R"({"peers":{},"trouble":""})"));
  EXPECT_FALSE(decode_sync_news(R"({"peers":[{"address":"192.0.2.2"}],"trouble":""})"));
}

TEST(SyncLines, AGatewayGreetsWithAName) {
  EXPECT_EQ(*decode_sync_greeting(encode_sync_greeting("gw1")), "gw1");
  for (const char* text : {"", "{}", "gw1", R"({"node":""})", R"({"node":"a b"})", R"({"node":1})"})
    EXPECT_FALSE(decode_sync_greeting(text)) << text;
}

}   // namespace
}   // namespace sluice
