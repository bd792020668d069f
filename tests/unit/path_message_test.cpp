// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "path/check.hpp"
#include "path/path_key.hpp"

namespace sluice {
namespace {

Endpoint place_of(const char* text) { return *parse_endpoint(text); }

struct PathPair {
  WireguardKey one = make_private_key(), other = make_private_key();
  PathKey ours = *path_key(one, public_key_of(other)), theirs = *path_key(other, public_key_of(one));
};

TEST(PathMessages, ComeBackAsTheyWereSentAndOnlyToTheOtherEnd) {
  const PathPair pair;
  ASSERT_EQ(pair.ours, pair.theirs);
  PathMessage message{
      .id = {1, 2, 3}, .is_call = true, .used = PathKind::kRelay, .mapped = place_of("[2001:db8::1]:4")};
  for (uint16_t i = 1; i <= kMostPathCandidates; ++i)
    message.candidates.push_back({PathOrigin::kSeen, {*IpAddress::parse("2001:db8::7"), i}});
  const auto bytes = write_path_message(message, pair.ours);
  EXPECT_LT(bytes.size(), 1'200u);
  EXPECT_EQ(path_tag_in(bytes), pair.theirs.tag);
  const auto read = read_path_message(bytes, pair.theirs);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->is_call && !read->is_answer && !read->through_relay);
  EXPECT_EQ(read->id, message.id);
  EXPECT_EQ(read->used, message.used);
  EXPECT_EQ(read->mapped, message.mapped);
  EXPECT_EQ(read->candidates, message.candidates);
  PathKey stranger = pair.theirs;   // who has read the tag
  stranger.secret[0] ^= 1;
  EXPECT_FALSE(read_path_message(bytes, stranger));
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto altered = bytes;
    altered[i] ^= 1;
    EXPECT_FALSE(read_path_message(altered, pair.theirs)) << i;
    EXPECT_FALSE(read_path_message({bytes.data(), i}, pair.theirs)) << i;
  }
}

TEST(PathMessages, PlacesThatNobodyIsAtAreLeftOut) {
  const PathPair pair;
  PathMessage message{.is_answer = true, .id = {7}, .mapped = place_of("198.51.100.2:3478")};
  for (const char* place : {"127.0.0.1:1", "224.0.0.1:5", "0.0.0.0:3", "192.0.2.1:7", "[fe80::1]:8"})
    message.candidates.push_back({PathOrigin::kOwn, place_of(place)});
  message.candidates.push_back({PathOrigin::kOwn, {*IpAddress::parse("192.0.2.1"), 0}});
  const auto read = read_path_message(write_path_message(message, pair.ours), pair.theirs);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->candidates, (std::vector{PathCandidate{PathOrigin::kOwn, place_of("192.0.2.1:7")}}));
}

TEST(PathMessages, AKeyOfNobodyMakesNone) { EXPECT_FALSE(path_key(make_private_key(), WireguardKey{})); }

}   // namespace
}   // namespace sluice
