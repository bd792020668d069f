// SPDX-License-Identifier: GPL-2.0-or-later
// What two gateways say to each other is heard as it was said, or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/channel.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr size_t kHelloBytes = 44, kHeaderBytes = 24, kLengthBytes = 4;
const SyncKey kSharedKey{1, 2, 3}, kOtherSyncKey{1, 2, 4};

// Both have the other's random bytes, and have said nothing else.
struct TwoEnds {
  explicit TwoEnds(const SyncKey& key_of_listener = kSharedKey)
      : dialler(SyncSide::kDialler, kSharedKey), listener(SyncSide::kListener, key_of_listener) {
    EXPECT_TRUE(listener.take(dialler.open()));
    EXPECT_TRUE(dialler.take(listener.open()));
  }

  SyncChannel dialler, listener;
};

std::vector<std::string> heard(SyncChannel& channel, std::string_view bytes) {
  auto messages = channel.take(bytes);
  EXPECT_TRUE(messages) << messages.error().message;
  return messages.value_or(std::vector<std::string>{});
}

std::string sealed_by(SyncChannel& channel, std::initializer_list<std::string_view> messages) {
  std::string bytes;
  for (const std::string_view message : messages) bytes += channel.seal(message);
  return bytes;
}

TEST(SyncChannel, TwoSidesHearEachOther) {
  TwoEnds ends;
  EXPECT_TRUE(ends.dialler.can_seal());
  EXPECT_FALSE(ends.dialler.is_open());
  EXPECT_THAT(heard(ends.listener, sealed_by(ends.dialler, {"one", ""})), ElementsAre("one", ""));
  EXPECT_TRUE(ends.listener.is_open());
  EXPECT_FALSE(ends.dialler.is_open());
  EXPECT_THAT(heard(ends.dialler, ends.listener.seal("two")), ElementsAre("two"));
  EXPECT_THAT(heard(ends.listener, ends.dialler.seal("three")), ElementsAre("three"));
}

TEST(SyncChannel, TheLongestMessageIsHeardWhole) {
  TwoEnds ends;
  const std::string longest(kLongestSyncMessage, 'x');
  EXPECT_THAT(heard(ends.listener, ends.dialler.seal(longest)), ElementsAre(longest));
}

TEST(SyncChannel, BytesMayComeOneAtATime) {
  SyncChannel dialler(SyncSide::kDialler, kSharedKey), listener(SyncSide::kListener, kSharedKey);
  ASSERT_TRUE(dialler.take(listener.open()));
  std::vector<std::string> messages;
  for (const char byte : dialler.open() + sealed_by(dialler, {"one", "two"}))
    for (std::string& message : heard(listener, {&byte, 1})) messages.push_back(std::move(message));
  EXPECT_THAT(messages, ElementsAre("one", "two"));
}

TEST(SyncChannel, NothingIsHeardOfOneWithAnotherKey) {
  TwoEnds ends(kOtherSyncKey);
  EXPECT_FALSE(ends.listener.take(ends.dialler.seal("one")));
  EXPECT_FALSE(ends.dialler.take(ends.listener.seal("one")));
  EXPECT_FALSE(ends.listener.is_open());
  EXPECT_FALSE(ends.dialler.is_open());
}

TEST(SyncChannel, AnAlteredByteIsNoticedWhereverItIs) {
  const std::string whole = TwoEnds().dialler.seal("one");
  for (size_t at = 0; at < whole.size(); ++at) {
    TwoEnds ends;
    std::string sealed = ends.dialler.seal("one");
    sealed[at] = static_cast<char>(sealed[at] ^ 1);
    const auto messages = ends.listener.take(sealed);
    const bool is_longer = at - kHeaderBytes == 2 || at - kHeaderBytes == 3;   // more is waited for
    EXPECT_TRUE(!messages || (is_longer && messages->empty())) << at;
    EXPECT_FALSE(ends.listener.is_open()) << at;
  }
}

TEST(SyncChannel, WhatHasFailedStaysSo) {
  TwoEnds ends;
  std::string sealed = ends.dialler.seal("one");
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  EXPECT_FALSE(ends.listener.take(sealed));
  EXPECT_FALSE(ends.listener.take(ends.dialler.seal("two")));
}

TEST(SyncChannel, AMessageIsHeardOnce) {
  TwoEnds ends;
  ASSERT_TRUE(ends.listener.take(ends.dialler.seal("first")));
  const std::string sealed = ends.dialler.seal("one");
  EXPECT_THAT(heard(ends.listener, sealed), ElementsAre("one"));
  EXPECT_FALSE(ends.listener.take(sealed));
}

TEST(SyncChannel, AMessageCannotBeLeftOut) {
  TwoEnds ends;
  ASSERT_TRUE(ends.listener.take(ends.dialler.seal("first")));
  ends.dialler.seal("left out");
  EXPECT_FALSE(ends.listener.take(ends.dialler.seal("two")));
}

TEST(SyncChannel, MessagesCannotChangePlaces) {
  TwoEnds ends;
  ASSERT_TRUE(ends.listener.take(ends.dialler.seal("first")));
  const std::string one = ends.dialler.seal("one"), two = ends.dialler.seal("two");
  EXPECT_FALSE(ends.listener.take(two + one));
}

TEST(SyncChannel, ARecordedSessionMakesNoSenseOnAnotherConnection) {
  TwoEnds ends;
  const std::string recorded = ends.dialler.open() + ends.dialler.seal("one");
  ASSERT_TRUE(ends.listener.take(recorded.substr(kHelloBytes)));
  SyncChannel later(SyncSide::kListener, kSharedKey);
  EXPECT_FALSE(later.take(recorded));
  EXPECT_FALSE(later.is_open());
}

TEST(SyncChannel, WhatASideSaysMakesNoSenseToItself) {
  SyncChannel dialler(SyncSide::kDialler, kSharedKey);
  ASSERT_TRUE(dialler.take(dialler.open()));
  EXPECT_FALSE(dialler.take(dialler.seal("one")));
}

TEST(SyncChannel, WhatIsCutOffIsWaitedFor) {
  TwoEnds ends;
  const std::string sealed = ends.dialler.seal("one");
  EXPECT_THAT(heard(ends.listener, sealed.substr(0, sealed.size() - 1)), IsEmpty());
  EXPECT_FALSE(ends.listener.is_open());
  EXPECT_THAT(heard(ends.listener, sealed.substr(sealed.size() - 1)), ElementsAre("one"));
}

TEST(SyncChannel, ALengthThatNoMessageHasIsRefusedAtOnce) {
  for (const std::string& length : {std::string("\x00\x01\x00\x12", 4), std::string("\xff\xff\xff\xff", 4),
                                    std::string("\x00\x00\x00\x10", 4), std::string(4, '\0')}) {
    TwoEnds ends;
    const std::string header = ends.dialler.seal("").substr(0, kHeaderBytes);
    EXPECT_FALSE(ends.listener.take(header + length));
  }
  TwoEnds ends;   // one byte less than the first of them
  const std::string header = ends.dialler.seal("").substr(0, kHeaderBytes);
  EXPECT_THAT(heard(ends.listener, header + std::string("\x00\x01\x00\x11", kLengthBytes)), IsEmpty());
}

TEST(SyncChannel, WhoSpeaksSomethingElseIsRefusedAtItsFirstBytes) {
  SyncChannel listener(SyncSide::kListener, kSharedKey);
  EXPECT_FALSE(listener.take("GET / HTTP/1.1\r\n"));
  SyncChannel of_another_version(SyncSide::kListener, kSharedKey);
  EXPECT_TRUE(of_another_version.take("sluice-sync"));
  EXPECT_FALSE(of_another_version.take("2"));
}

}   // namespace
}   // namespace sluice
