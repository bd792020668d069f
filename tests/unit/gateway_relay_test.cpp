// SPDX-License-Identifier: GPL-2.0-or-later
// Which relay callers are told, and what a gateway knows of its relays.
#include <gmock/gmock.h>

#include <fstream>

#include "../support/state_directory.hpp"
#include "gateway/relay_health.hpp"
#include "gateway/relay_ways.hpp"
#include "network_fixture.hpp"

namespace sluice {
namespace {

using std::chrono::microseconds;
using testing::HasSubstr;

TEST(RelayChoice, IsTheNearestThatAnswers) {
  const std::vector<RelayOffer> offers{{"eu", Health::kUp, microseconds(30'000)},
                                       {"us", Health::kUp, microseconds(90'000)},
                                       {"at", Health::kDown, microseconds(1'000)}};
  EXPECT_EQ(choose_relay(offers, ""), "eu");
  EXPECT_EQ(choose_relay(offers, "us"), "eu") << "back to the nearer one";
  EXPECT_EQ(choose_relay(offers, "at"), "eu");
}

TEST(RelayChoice, DoesNotWaver) {
  const std::vector<RelayOffer> offers{{"eu", Health::kUp, microseconds(30'000)},
                                       {"us", Health::kUp, microseconds(33'000)}};
  EXPECT_EQ(choose_relay(offers, "us"), "us");
  EXPECT_EQ(
      choose_relay({{"eu", Health::kUp, microseconds(100)}, {"us", Health::kUp, microseconds(500)}}, "us"),
      "us")
      << "less than half a millisecond is chance";
}

TEST(RelayChoice, TriesOneThatNobodyAskedYet) {
  EXPECT_EQ(choose_relay({{"eu", Health::kDown, {}}, {"us", Health::kUnknown, {}}}, "eu"), "us");
  EXPECT_EQ(choose_relay({{"eu", Health::kDown, {}}, {"us", Health::kDown, {}}}, "eu"), "");
}

struct RelayWaysTest : test::StateDirectoryTest {
  static RelayFile file_with(const char* address, const char* relay) {
    RelayFile file;
    file.client = "alice";
    file.public_key = test::key_of(9);
    file.endpoints = {*parse_endpoint("203.0.113.1:51830")};
    file.address = IpAddress::parse(address);
    file.relay_address = IpAddress::parse(relay);
    file.port = 42000;
    file.mtu = 1420;
    return file;
  }
  void write(const char* name, const std::string& text) { std::ofstream(dir_ / name) << text; }
  static Document with_relays(const std::vector<std::string>& names) {
    Document document;
    document.reachability.emplace();
    for (const std::string& name : names)
      document.reachability->relays.push_back({.name = name, .config = name + ".conf", .line = 3});
    return document;
  }
};

TEST_F(RelayWaysTest, KnowWhatAFileSaidBefore) {
  write("eu.conf", to_text(file_with("10.102.0.2", "10.102.0.1")));
  Document document = with_relays({"eu"});
  const auto first = find_ways(document, {}, {}, dir_);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(document.reachability->relays[0].device, "relay-eu");
  std::filesystem::remove(dir_ / "eu.conf");
  const auto again = find_ways(document, first->allotments, {}, dir_);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->files.at("eu"), first->files.at("eu"));
  ASSERT_EQ(again->degraded.size(), 1u);
  EXPECT_THAT(again->degraded[0], HasSubstr("what the file said before holds"));
  const auto refused = find_ways(document, {}, {}, dir_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("relay \"eu\" (line 3): "));
  EXPECT_THAT(refused.error().message, HasSubstr("put there what `sluice relay config` prints at the relay"));
}

TEST_F(RelayWaysTest, LieApart) {
  write("eu.conf", to_text(file_with("10.102.0.2", "10.102.0.1")));
  write("us.conf", to_text(file_with("10.102.0.3", "10.102.0.1")));
  Document both = with_relays({"eu", "us"}), one = with_relays({"eu"});
  const auto refused = find_ways(both, {}, {}, dir_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("let that relay have another \"subnet\""));
  EXPECT_FALSE(find_ways(one, {}, {{*Prefix::parse("10.102.0.0/24"), "lan has it"}}, dir_));
}

TEST_F(RelayWaysTest, RefuseAFileThatMakesNoSense) {
  write("eu.conf", "{}");
  Document document = with_relays({"eu"});
  const auto refused = find_ways(document, {}, {}, dir_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("\"version\" is not a whole number from 1 to 1"));
}

}   // namespace
}   // namespace sluice
