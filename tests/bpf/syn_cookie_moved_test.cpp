// SPDX-License-Identifier: GPL-2.0-or-later
// Connections that began with a SYN cookie, in other tables than those that they began in: as of another
// engine, of another size or of another gateway.
#include "support/slots.hpp"
#include "support/take_over.hpp"
#include "syn_cookie.hpp"

namespace sluice::test {
namespace {

class MovedSynCookie : public SynCookie {
 protected:
  static constexpr auto kRoute = "198.51.100.7:40000 > 203.0.113.1:80";

  // Without the one that took the room.
  std::vector<FlowState> proxied() {
    std::vector<FlowState> flows = lab.engine().flows().value();
    std::erase_if(flows, [](const FlowState& flow) { return !flow.proxied; });
    return flows;
  }
  void move() {
    const auto flows = proxied();
    lab.forget();
    const TakenOver taken = take_over_flows(lab, flows, document());
    EXPECT_EQ(taken.taken, 1u);
    EXPECT_EQ(taken.why, std::vector<std::string>{});
  }
  void keep(const std::vector<FlowState>& flows, uint32_t already) {
    const auto kept = lab.engine().keep_flows(flows);
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(kept->already, already);
    EXPECT_EQ(kept->taken, flows.size() - already);
  }
  // Each side says six bytes, the `turn`th six.
  void client_says(uint32_t number, uint32_t turn) {
    const Outcome in =
        client({.seq = kClient + 1 + 6 * turn, .ack = number + 1 + 6 * turn, .flags = kAck}, text("asking"));
    EXPECT_EQ(in.what, "forwarded");
    EXPECT_EQ(in.view().flaws(), "");
    EXPECT_EQ(in.view().seq, kClient + 1 + 6 * turn);
    EXPECT_EQ(in.view().ack, kTarget + 1 + 6 * turn);
  }
  void target_says(uint32_t number, uint32_t turn) {
    const Outcome out =
        target({.seq = kTarget + 1 + 6 * turn, .ack = kClient + 7 + 6 * turn, .flags = kAck}, text("answer"));
    EXPECT_EQ(out.what, "forwarded");
    EXPECT_EQ(out.view().flaws(), "");
    EXPECT_EQ(out.view().seq, number + 1 + 6 * turn);
    EXPECT_EQ(out.view().ack, kClient + 7 + 6 * turn);
  }
  void speak(uint32_t number) {
    for (uint32_t turn = 0; turn < 3; ++turn) {
      client_says(number, turn);
      target_says(number, turn);
    }
  }
  // As it is told of; the numbers of both sides are of the fixture.
  static uint32_t shift_after(uint32_t number) { return kTarget - number; }
};
ON_BOTH_HOOKS(MovedSynCookie);

TEST_P(MovedSynCookie, ItsStateSaysHowNumbersAreTranslated) {
  for (int family = 0; family < 2; ++family) {
    const uint32_t number = connect();
    const auto flows = proxied();
    ASSERT_EQ(flows.size(), static_cast<size_t>(family) + 1);
    EXPECT_EQ(flows.back().shift, shift_after(number));
    if (!six) use_ipv6();
  }
}

TEST_P(MovedSynCookie, NumbersFitOnBothSides) {
  for (int family = 0; family < 2; ++family) {
    const uint32_t number = connect();
    move();
    speak(number);
    move();
    speak(number);
    lab.forget();
    if (!six) use_ipv6();
  }
}

TEST_P(MovedSynCookie, TheTargetMaySpeakFirst) {
  const uint32_t number = connect();
  client_says(number, 0);
  move();
  target_says(number, 0);
  client_says(number, 1);
}

TEST_P(MovedSynCookie, ItsEndIsTrackedByBothSidesNumbers) {
  const uint32_t number = connect();
  move();
  speak(number);
  EXPECT_EQ(client({.seq = kClient + 999, .flags = kRst}).what, "forwarded");
  EXPECT_EQ(target({.seq = kTarget + 999, .flags = kRst}).what, "forwarded");
  EXPECT_EQ(phase_of(lab, kRoute), "established") << "whoever forged that";
  EXPECT_EQ(target({.seq = kTarget + 19, .flags = kRst}).view().seq, number + 19);
  EXPECT_EQ(phase_of(lab, kRoute), "closing");
}

TEST_P(MovedSynCookie, AnErrorAboutTheTargetsDataNamesTheTargetsNumbers) {
  const uint32_t number = connect();
  move();
  target_says(number, 0);
  const Bytes quote =
      build(Ip4{.src = kWanAddress, .dst = kFar} /
            Tcp{.sport = 80, .dport = 40000, .seq = number + 1, .ack = kClient + 1, .flags = kAck});
  const Outcome error =
      from_wan(Ip4{.src = kOutside, .dst = kWanAddress} / Icmp{.type = 3, .code = 4, .info = 1300} / quote);
  EXPECT_EQ(error.view().quoted().seq, kTarget + 1);
}

// Without a cookie: its handshake is the target's own, and its numbers are nobody's but theirs.
TEST_P(MovedSynCookie, AnotherConnectionOfItsPortsIsNotTranslated) {
  const uint32_t number = connect();
  move();
  EXPECT_EQ(client({.seq = kClient + 1, .ack = number + 1, .flags = kFin | kAck}).what, "forwarded");
  EXPECT_EQ(target({.seq = kTarget + 1, .ack = kClient + 2, .flags = kFin | kAck}).what, "forwarded");
  EXPECT_EQ(client({.seq = 9'000'000}).view().tcp_flags, kSyn);
  const Outcome answer = target({.seq = 20, .ack = 9'000'001, .flags = kSyn | kAck});
  EXPECT_EQ(answer.what, "forwarded");
  EXPECT_EQ(answer.view().dst, kFar);
  EXPECT_EQ(answer.view().seq, 20u);
  EXPECT_TRUE(proxied().empty());
}

TEST_P(MovedSynCookie, OneWhoseTargetHasNotAnsweredStays) {
  const uint32_t number = cookie();
  EXPECT_EQ(come_back(number).what, "forwarded");
  const auto flows = proxied();
  lab.forget();
  const TakenOver taken = take_over_flows(lab, flows, document());
  EXPECT_EQ(taken.taken, 0u);
  EXPECT_EQ(taken.why, std::vector<std::string>{
                           "flow tcp 198.51.100.7:40000 > 203.0.113.1:80 ends: it began with a SYN cookie, "
                           "and its target has not answered yet"});
  EXPECT_EQ(client({.sport = 1}).what, "forwarded");
  const Outcome again = come_back(number, text("as it was not acknowledged"));
  EXPECT_EQ(again.view().tcp_flags, kSyn) << "the cookie is one here as well";
}

// What another gateway tells of it, again and again.
TEST_P(MovedSynCookie, OneThatIsKeptIsRenewed) {
  const uint32_t number = connect();
  const auto flows = proxied();
  lab.forget();
  keep(flows, 0);
  speak(number);
  keep(flows, 1);
  speak(number);
}

TEST_P(MovedSynCookie, OneThatIsKeptTakesThePlaceOfAnEarlierConnection) {
  const uint32_t number = connect();
  const auto flows = proxied();
  FlowState earlier = flows.at(0);
  earlier.shift += 1000;
  lab.forget();
  keep({earlier}, 0);
  keep(flows, 0);
  EXPECT_EQ(proxied().at(0).shift, shift_after(number));
  speak(number);
  earlier.proxied = false;
  earlier.shift = 0;
  keep({earlier}, 0);
  EXPECT_TRUE(proxied().empty());
  keep(flows, 0);
  speak(number);
  EXPECT_EQ(slot_rows(lab).size(), 1u);
}

}   // namespace
}   // namespace sluice::test
