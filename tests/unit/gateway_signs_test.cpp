// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of backends by what connections of clients came to.
#include <gtest/gtest.h>

#include "gateway/sign_book.hpp"

namespace sluice::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Strings = std::vector<std::string>;

constexpr milliseconds kStep{500};

class Signs : public testing::Test {
 protected:
  void lead_to(size_t backends, CheckType type = CheckType::kNone, Balance balance = Balance::kRoundRobin) {
    auto balancing = std::make_shared<Balancing>();
    balancing->balance = balance;
    balancing->health.type = type;
    for (size_t i = 0; i < backends; ++i)
      balancing->members.push_back(
          {.backend = std::string(1, static_cast<char>('a' + i)), .underlay = "near", .to = IpAddress()});
    Document document;
    Forward forward{.name = "web", .listen = IpAddress(), .ports = {{80, 80}}, .half_open = std::nullopt};
    forward.service = balancing;
    document.forwards = {forward, forward};
    book_.want(document);
    counts_.resize(backends);
    look();
  }

  SignBook::Found look() {
    now_ += kStep;
    return book_.look(counts_, now_);
  }
  // For so long; what changed in all these looks: "a down", "b unknown".
  Strings looks(milliseconds time) {
    Strings changes;
    for (milliseconds passed{0}; passed < time; passed += kStep)
      for (const HealthChange& change : look().changes)
        changes.push_back(change.name.substr(4, 1) + (change.state == Health::kDown ? " down" : " unknown"));
    return changes;
  }
  void ask(size_t backend, uint32_t times = 1) { counts_[backend].asked += times; }
  void refuse(size_t backend, uint32_t times = 1) {
    ask(backend, times);
    counts_[backend].refused += times;
  }
  void answer(size_t backend, uint32_t microseconds = 1000) {
    ask(backend);
    ++counts_[backend].answered;
    counts_[backend].answer_us = microseconds;
  }

  SignBook book_;
  std::vector<SignCount> counts_;
  SignBook::Time now_{};
};

TEST_F(Signs, WhoRefusesIsLeftForAWhileAndThenTriedAgain) {
  lead_to(2);
  refuse(0, 5);
  EXPECT_EQ(looks(seconds(2)), Strings());
  EXPECT_EQ(looks(seconds(1)), Strings{"a down"});
  EXPECT_EQ(book_.left().at("web/a/near").reason,
            "5 attempts of clients were refused, and none was answered");
  EXPECT_EQ(looks(seconds(29)), Strings());
  EXPECT_EQ(looks(seconds(1)), Strings{"a unknown"});
}

TEST_F(Signs, WhoIsSilentIsLeftWhenASynHadItsTime) {
  lead_to(2);
  ask(0, 5);
  EXPECT_EQ(looks(seconds(5)), Strings());
  EXPECT_EQ(looks(seconds(1)), Strings{"a down"});
  EXPECT_EQ(book_.left().at("web/a/near").reason, "5 attempts of clients failed, and none was answered");
}

TEST_F(Signs, OneAnswerIsEnough) {
  lead_to(2);
  for (int turn = 0; turn < 20; ++turn) {
    refuse(0, 4);
    if (turn % 2) answer(0);
    EXPECT_EQ(looks(seconds(1)), Strings());
  }
}

TEST_F(Signs, AServerThatIsStartedAgainIsNotLeft) {
  lead_to(2);
  refuse(0, 100);
  EXPECT_EQ(looks(milliseconds(1500)), Strings());
  answer(0);
  EXPECT_EQ(looks(seconds(5)), Strings());
}

TEST_F(Signs, HalfOfThemStayWhateverTheyLookLike) {
  lead_to(5);
  for (size_t i = 0; i < 5; ++i) refuse(i, 10);
  EXPECT_EQ(looks(seconds(5)), (Strings{"a down", "b down"}));
  lead_to(1);
  EXPECT_EQ(book_.left().at("web/a/near").state, Health::kUnknown) << "it is the only one now";
  refuse(0, 10);
  EXPECT_EQ(looks(seconds(5)), Strings());
}

TEST_F(Signs, WhoComesBackAndRefusesIsLeftForLonger) {
  lead_to(2);
  refuse(0, 5);
  EXPECT_EQ(looks(seconds(33)), (Strings{"a down", "a unknown"}));
  refuse(0);
  EXPECT_EQ(looks(seconds(1)), Strings{"a down"});
  EXPECT_EQ(looks(seconds(58)), Strings());
  EXPECT_EQ(looks(seconds(2)), Strings{"a unknown"});
  answer(0);
  EXPECT_EQ(looks(seconds(1)), Strings());
  refuse(0, 4);
  EXPECT_EQ(looks(seconds(5)), Strings()) << "it was well again";
}

TEST_F(Signs, WhoIsAskedIsAskedAtOnceAndNeverLeft) {
  lead_to(2, CheckType::kTcp);
  refuse(0);
  EXPECT_EQ(look().signs.in_trouble, Strings{"web/a/near"});
  EXPECT_EQ(look().signs.in_trouble, Strings()) << "nothing more has happened";
  ask(1);
  EXPECT_EQ(look().signs.in_trouble, Strings());
  EXPECT_EQ(look().signs.in_trouble, Strings());
  EXPECT_EQ(look().signs.in_trouble, Strings{"web/b/near"}) << "a timeout is over";
  refuse(0, 1000);
  EXPECT_EQ(looks(seconds(10)), Strings());
}

TEST_F(Signs, HandshakesAreMeasuredWhereTheChoiceIsByLatency) {
  lead_to(2, CheckType::kTcp, Balance::kLatency);
  answer(1, 2500);
  EXPECT_EQ(look().signs.latencies, (std::vector<NamedLatency>{{"web/b/near", microseconds(2500)}}));
  EXPECT_TRUE(look().signs.empty());
  lead_to(2, CheckType::kHttp, Balance::kLatency);
  answer(1, 2500);
  EXPECT_TRUE(look().signs.empty()) << "an answer of HTTP takes longer than a handshake";
}

TEST_F(Signs, CountsThatBeginAnewAreNoSigns) {
  lead_to(2);
  refuse(0, 4);
  counts_[1] = {.asked = 1000, .answered = 1000, .refused = 0, .answer_us = 0};
  EXPECT_EQ(looks(seconds(1)), Strings());
  counts_ = {{}, {}};
  EXPECT_EQ(looks(seconds(10)), Strings());
  counts_[0] = {.asked = UINT32_MAX, .answered = 0, .refused = UINT32_MAX - 1, .answer_us = 0};
  look();
  refuse(0, 5);   // runs over
  EXPECT_EQ(looks(seconds(3)), Strings{"a down"});
}

TEST_F(Signs, NobodyCountsNothingIsSeen) {
  lead_to(2);
  const auto found = book_.look({}, now_);
  EXPECT_TRUE(found.signs.empty() && found.changes.empty());
}

}   // namespace
}   // namespace sluice::test
