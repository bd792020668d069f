// SPDX-License-Identifier: GPL-2.0-or-later
// Which key of an endpoint is in force, and what its client was told before.
#include <gtest/gtest.h>

#include "network/versions.hpp"
#include "network_fixture.hpp"

namespace sluice {
namespace {

using test::key_of;
using test::phone;

constexpr int64_t kNowOfVersions = 1'800'000'000;

EndpointNow now_with(uint8_t key, std::string text = "# home\nAddress = 10.100.0.2/32\n") {
  return {key_of(key), false, true, std::move(text)};
}

struct Versions : testing::Test {
  Allotments known;
  NetworkEndpoint endpoint = phone();

  void settle(const EndpointNow& now) {
    Allotments given;
    settle_version("home", endpoint, now, known, kNowOfVersions, given);
    known = std::move(given);
  }
  std::vector<EndpointVersion> all() const { return versions_of(known, "home", "phone"); }
  std::string in_force() const { return known.at({"home", "phone", "key"}).value; }
  void free_all() {
    for (auto& [key, allotment] : known) allotment.freed = kNowOfVersions;
  }
};

TEST_F(Versions, TheFirstKeyIsInForceAtOnce) {
  settle(now_with(2));
  EXPECT_FALSE(endpoint.rotation);
  EXPECT_EQ(endpoint.version, 1u);
  EXPECT_EQ(in_force(), to_string(key_of(2)));
  ASSERT_EQ(all().size(), 1u);
  EXPECT_EQ(all()[0].number, 1u);
  EXPECT_EQ(all()[0].since, kNowOfVersions);
  EXPECT_EQ(all()[0].public_key, to_string(key_of(2)));
  EXPECT_EQ(all()[0].changed, "added");
  EXPECT_EQ(all()[0].text, now_with(2).text);
}

TEST_F(Versions, WhatStaysAsItIsMakesNoVersion) {
  settle(now_with(2));
  const Allotments before = known;
  settle(now_with(2));
  EXPECT_EQ(known, before);
}

TEST_F(Versions, AnotherKeyWaitsUntilItIsHeard) {
  settle(now_with(2));
  for (int i = 0; i < 3; ++i) {   // also after a restart of the daemon
    settle(now_with(3));
    ASSERT_TRUE(endpoint.rotation);
    EXPECT_EQ(endpoint.rotation->old_key, key_of(2));
    EXPECT_EQ(endpoint.rotation->new_key, key_of(3));
    EXPECT_EQ(endpoint.version, 2u);
    EXPECT_EQ(in_force(), to_string(key_of(2)));
  }
  EndpointNow heard = now_with(3);
  heard.is_heard = true;
  settle(heard);
  EXPECT_FALSE(endpoint.rotation);
  EXPECT_EQ(endpoint.version, 2u);
  EXPECT_EQ(in_force(), to_string(key_of(3)));
  EXPECT_EQ(all().back().changed, "key");
}

TEST_F(Versions, TheNewestOfSeveralKeysWins) {
  for (const uint8_t key : {2, 3, 4}) settle(now_with(key));
  ASSERT_TRUE(endpoint.rotation);
  EXPECT_EQ(endpoint.rotation->old_key, key_of(2));
  EXPECT_EQ(endpoint.rotation->new_key, key_of(4));
  EXPECT_EQ(endpoint.version, 3u);
}

TEST_F(Versions, TheOldKeyInTheDocumentAgainEndsTheRotation) {
  for (const uint8_t key : {2, 3, 2}) settle(now_with(key));
  EXPECT_FALSE(endpoint.rotation);
  EXPECT_EQ(in_force(), to_string(key_of(2)));
  EXPECT_EQ(endpoint.version, 3u);
}

// A device that was lost does not come in again by its old key.
TEST_F(Versions, OfAnEndpointThatIsNotLiveTheNewestKeyIsInForceAtOnce) {
  settle(now_with(2));
  EndpointNow disabled = now_with(3);
  disabled.is_live = false;
  settle(disabled);
  EXPECT_FALSE(endpoint.rotation);
  EXPECT_EQ(in_force(), to_string(key_of(3)));
  settle(now_with(3));
  EXPECT_FALSE(endpoint.rotation);
}

TEST_F(Versions, AnEndpointThatWasRemovedHasItsHistoryAgainAndNotItsOldKey) {
  settle(now_with(2));
  free_all();
  settle(now_with(3));
  EXPECT_FALSE(endpoint.rotation);
  EXPECT_EQ(in_force(), to_string(key_of(3)));
  EXPECT_EQ(endpoint.version, 2u);
}

TEST_F(Versions, AVersionSaysWhichSettingsAreOthers) {
  settle(now_with(2, "# home\nAddress = 10.100.0.2/32\nMTU = 1420\n"));
  settle(now_with(2, "# home, of another VCID\nAddress = 10.100.0.2/32\nMTU = 1420\n"));
  EXPECT_EQ(endpoint.version, 1u) << "the first line names the network";
  settle(now_with(3, "# home\nAddress = 10.100.0.3/32\nDNS = 10.100.0.1\n"));
  EXPECT_EQ(endpoint.version, 2u);
  EXPECT_EQ(all().back().changed, "key, Address, DNS, MTU");
}

TEST_F(Versions, TwentyAreKeptInTheOrderOfTheirNumbers) {
  for (uint8_t key = 1; key <= 25; ++key) settle(now_with(key));
  ASSERT_EQ(all().size(), kMostVersions);
  EXPECT_EQ(all().front().number, 6u);
  EXPECT_EQ(all().back().number, 25u);
  EXPECT_EQ(all().back().public_key, to_string(key_of(25)));
}

TEST_F(Versions, OfOthersAndWhatMakesNoSenseIsNotReadAsOne) {
  settle(now_with(2));
  known[{"home", "phone", "version/x"}] = {"1\n\n\n", 0};
  known[{"home", "phone", "version/7"}] = {"yesterday\n\n\n", 0};
  known[{"home", "phone2", "version/8"}] = {"1\n\n\n", 0};
  known[{"home", "phone", "zone"}] = {"home", 0};
  EXPECT_EQ(all().size(), 1u);
}

}   // namespace
}   // namespace sluice
