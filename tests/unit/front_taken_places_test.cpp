// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <netinet/tcp.h>

#include "front/attempts.hpp"
#include "front/taken_places.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint32_t kHaproxy = 106;

Endpoint place(std::string_view text) { return *parse_endpoint(text); }

Front front() {
  Front made;
  made.listen = {place("203.0.113.1:1").address, place("[2001:db8::1]:1").address};
  return made;
}

SocketRow row(std::string_view own, uint32_t user = 0, uint8_t state = TCP_LISTEN) {
  return {.own = place(own), .peer = std::nullopt, .state = state, .user = user, .inode = std::nullopt};
}

std::vector<Endpoint> taken(const std::vector<SocketRow>& tcp) {
  return taken_places(front(), tcp, kHaproxy);
}

TEST(TakenPlaces, AreThoseOfTheFrontWhereOthersListen) {
  EXPECT_THAT(taken({row("[2001:db8::1]:443"), row("203.0.113.1:80")}),
              ElementsAre(place("203.0.113.1:80"), place("[2001:db8::1]:443")));
  EXPECT_THAT(taken({row("203.0.113.1:8080"), row("203.0.113.2:80"), row("203.0.113.1:443", kHaproxy),
                     row("203.0.113.1:443", 0, TCP_ESTABLISHED)}),
              IsEmpty());
}

TEST(TakenPlaces, AreThoseOfWhoListensAtAllAddresses) {
  EXPECT_THAT(taken({row("0.0.0.0:80")}), ElementsAre(place("203.0.113.1:80")));
  EXPECT_THAT(taken({row("[::]:80")}), ElementsAre(place("203.0.113.1:80"), place("[2001:db8::1]:80")));
}

TEST(TakenPlaces, AreNotThoseThatHaproxyHas) {
  EXPECT_THAT(taken({row("203.0.113.1:80", kHaproxy), row("[::]:80")}),
              ElementsAre(place("[2001:db8::1]:80")));
}

TEST(Attempts, WaitAfterAFailureAndNotForSomethingElse) {
  Attempts attempts(std::chrono::seconds(60), std::chrono::seconds(600));
  ASSERT_TRUE(attempts.begin("one"));
  EXPECT_EQ(attempts.end(fail("it fails"), "").error().message, "it fails");
  ASSERT_FALSE(attempts.begin("one"));
  EXPECT_EQ(attempts.begin("one").error().message, "it fails");
  ASSERT_TRUE(attempts.begin("another"));
  EXPECT_TRUE(attempts.end({}, "it does not stay"));
  EXPECT_EQ(attempts.begin("another").error().message, "it does not stay");
}

}   // namespace
}   // namespace sluice
