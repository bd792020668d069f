// SPDX-License-Identifier: GPL-2.0-or-later
// SYNs beyond a target's limit are answered by cookies: what goes out, what comes back of it, and how the
// numbers of both sides fit together afterwards.
#include "syn_cookie.hpp"

namespace sluice::test {
namespace {

ON_BOTH_HOOKS(SynCookie);

TEST_P(SynCookie, TheAnswerOffersASegmentSizeAndNothingElse) {
  for (int family = 0; family < 2; ++family) {
    const Outcome outcome = client({.seq = kClient, .options = {2, 4, 5, 180, 4, 2, 1, 3, 3, 7}});
    const View got = outcome.view();
    EXPECT_EQ(outcome.what, "answered: TARGET_HALF_OPEN");
    EXPECT_EQ(got.flaws(), "");
    EXPECT_EQ(got.transport().size(), 24u);
    EXPECT_EQ(size_in(got), six ? 1440 : 1460);
    EXPECT_EQ(got.sport, 80);
    EXPECT_EQ(got.dport, 40000);
    if (!six) use_ipv6();
  }
}

TEST_P(SynCookie, NothingIsRememberedUntilItComesBack) {
  const size_t before = flow_rows(lab).size();
  for (int times = 0; times < 20; ++times) (void)cookie();
  EXPECT_EQ(flow_rows(lab).size(), before);
}

TEST_P(SynCookie, WhoComesBackWithItIsShownToTheTarget) {
  for (int family = 0; family < 2; ++family) {
    const Outcome outcome = come_back(cookie(), text("data that came with it"));
    EXPECT_EQ(outcome.what, "forwarded");
    const View syn = outcome.view();
    EXPECT_EQ(syn.flaws(), "");
    EXPECT_EQ(syn.route(), six ? "[2001:db8:99::7]:40000 > [2001:db8:20::2]:8080"
                               : "198.51.100.7:40000 > 192.168.10.2:8080");
    EXPECT_EQ(syn.tcp_flags, kSyn);
    EXPECT_EQ(syn.seq, kClient);
    EXPECT_EQ(syn.ack, 0u);
    EXPECT_EQ(syn.transport().size(), 24u) << "its data is sent again";
    if (!six) use_ipv6();
  }
}

TEST_P(SynCookie, TheTargetLearnsTheClientsSegmentSize) {
  for (const auto& [said, told] :
       {std::pair<uint16_t, uint16_t>{1460, 1460}, {1400, 1300}, {900, 536}, {1450, 1440}}) {
    EXPECT_EQ(size_in(come_back(cookie(said)).view()), told) << said;
    EXPECT_EQ(client({.seq = kClient + 1, .flags = kRst}).what, "forwarded");
    lab.forget();
    EXPECT_EQ(client({.sport = 1}).what, "forwarded");
  }
}

TEST_P(SynCookie, AnInventedCookieOpensNothing) {
  const uint32_t number = cookie();
  const size_t before = flow_rows(lab).size();
  for (const uint32_t wrong : {number + 0x100, number - 0x10000, 1u})
    EXPECT_EQ(come_back(wrong).what, "dropped: NO_FLOW");
  EXPECT_EQ(client({.sport = 40001, .seq = kClient + 1, .ack = number + 1, .flags = kAck}).what,
            "dropped: NO_FLOW");
  EXPECT_EQ(client({.seq = kClient + 100, .ack = number + 1, .flags = kAck}).what, "dropped: NO_FLOW");
  EXPECT_EQ(flow_rows(lab).size(), before);
}

TEST_P(SynCookie, TheTargetsAnswerIsAcknowledgedByTheGateway) {
  EXPECT_EQ(come_back(cookie()).what, "forwarded");
  const Outcome outcome = target({.seq = kTarget, .ack = kClient + 1, .flags = kSyn | kAck});
  EXPECT_EQ(outcome.what, "forwarded");
  const View got = outcome.view();
  EXPECT_EQ(got.flaws(), "");
  EXPECT_EQ(got.route(), "198.51.100.7:40000 > 192.168.10.2:8080");
  EXPECT_EQ(got.tcp_flags, kAck);
  EXPECT_EQ(got.seq, kClient + 1);
  EXPECT_EQ(got.ack, kTarget + 1);
  EXPECT_EQ(phase_of(lab, "198.51.100.7:40000 > 203.0.113.1:80"), "established");
}

TEST_P(SynCookie, NumbersFitOnBothSides) {
  for (int family = 0; family < 2; ++family) {
    const uint32_t number = connect();
    for (uint32_t i = 0; i < 3; ++i) {
      const Outcome in =
          client({.seq = kClient + 1 + 5 * i, .ack = number + 1 + 6 * i, .flags = kAck}, text("hello"));
      EXPECT_EQ(in.what, "forwarded");
      EXPECT_EQ(in.view().flaws(), "");
      EXPECT_EQ(in.view().seq, kClient + 1 + 5 * i);
      EXPECT_EQ(in.view().ack, kTarget + 1 + 6 * i);
      const Outcome out =
          target({.seq = kTarget + 1 + 6 * i, .ack = kClient + 6 + 5 * i, .flags = kAck}, text("answer"));
      EXPECT_EQ(out.what, "forwarded");
      EXPECT_EQ(out.view().flaws(), "");
      EXPECT_EQ(out.view().seq, number + 1 + 6 * i);
      EXPECT_EQ(out.view().ack, kClient + 6 + 5 * i);
    }
    if (!six) use_ipv6();
  }
}

TEST_P(SynCookie, ASynThatTheTargetDidNotGetIsSentAgain) {
  const uint32_t number = cookie();
  EXPECT_EQ(come_back(number).view().tcp_flags, kSyn);
  const Outcome again = come_back(number, text("the same data"));
  EXPECT_EQ(again.what, "forwarded");
  EXPECT_EQ(again.view().flaws(), "");
  EXPECT_EQ(again.view().tcp_flags, kSyn);
  EXPECT_EQ(again.view().seq, kClient);
}

TEST_P(SynCookie, TheClientBelievesTheTargetsRefusal) {
  const uint32_t number = cookie();
  EXPECT_EQ(come_back(number).what, "forwarded");
  const Outcome refused = target({.seq = 0, .ack = kClient + 1, .flags = kRst | kAck});
  EXPECT_EQ(refused.what, "forwarded");
  EXPECT_EQ(refused.view().flaws(), "");
  EXPECT_EQ(refused.view().seq, number + 1) << "exactly next (RFC 5961)";
  EXPECT_EQ(phase_of(lab, "198.51.100.7:40000 > 203.0.113.1:80"), "closing");
}

TEST_P(SynCookie, ItsEndIsTrackedByBothSidesNumbers) {
  const uint32_t number = connect();
  EXPECT_EQ(client({.seq = kClient + 1, .ack = number + 1, .flags = kFin | kAck}).what, "forwarded");
  EXPECT_EQ(target({.seq = kTarget + 1, .ack = kClient + 2, .flags = kFin | kAck}).what, "forwarded");
  EXPECT_EQ(client({.seq = kClient + 2, .ack = number + 2, .flags = kAck}).what, "forwarded");
  EXPECT_EQ(phase_of(lab, "198.51.100.7:40000 > 203.0.113.1:80"), "closing");
}

TEST_P(SynCookie, AForgedResetClosesNothing) {
  (void)connect();
  EXPECT_EQ(client({.seq = kClient + 999, .flags = kRst}).what, "forwarded");
  EXPECT_EQ(target({.seq = kTarget + 999, .flags = kRst}).what, "forwarded");
  EXPECT_EQ(phase_of(lab, "198.51.100.7:40000 > 203.0.113.1:80"), "established");
  EXPECT_EQ(target({.seq = kTarget + 1, .flags = kRst}).what, "forwarded");
  EXPECT_EQ(phase_of(lab, "198.51.100.7:40000 > 203.0.113.1:80"), "closing");
}

// A router beyond the client's link speaks of what it saw: the target's data with the client's numbers.
TEST_P(SynCookie, AnErrorAboutTheTargetsDataNamesTheTargetsNumbers) {
  const uint32_t number = connect();
  const Bytes quote =
      build(Ip4{.src = kWanAddress, .dst = kFar} /
            Tcp{.sport = 80, .dport = 40000, .seq = number + 1, .ack = kClient + 1, .flags = kAck});
  const Outcome error =
      from_wan(Ip4{.src = kOutside, .dst = kWanAddress} / Icmp{.type = 3, .code = 4, .info = 1300} / quote);
  EXPECT_EQ(error.what, "forwarded");
  const View quoted = error.view().quoted();
  EXPECT_EQ(quoted.route(), "192.168.10.2:8080 > 198.51.100.7:40000");
  EXPECT_EQ(quoted.seq, kTarget + 1);
}

}   // namespace
}   // namespace sluice::test
