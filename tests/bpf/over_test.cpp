// SPDX-License-Identifier: GPL-2.0-or-later
// Connections to a backend that has left its service: each side learns it by a reset that it must believe.
#include "support/bpf_test.hpp"
#include "support/state.hpp"

namespace sluice::test {
namespace {

constexpr const char *kFirstBackend = R"({ "name": "one", "near": "192.168.10.2:8080" })",
                     *kSecondBackend = R"({ "name": "two", "near": "192.168.10.3:8080" })";

// The client's next byte is 1001, that of the backend 9001. "one" has the first turn.
class Over : public HookTest {
 protected:
  static constexpr auto kRoute = "198.51.100.7:40000 > 203.0.113.1:80";

  static std::string document(const std::string& backends) {
    Rules rules = home_rules();
    rules.forwards.clear();
    rules.more =
        R"(, "underlays": { "near": { "zone": "lan" } }, "services": { "web": { "listen": "203.0.113.1",
           "protocol": ["tcp", "udp"], "ports": 80, "backends": [)" +
        backends + "] } }";
    return document_of(rules);
  }
  void lead_to(const std::string& backends) { lab.apply(document(backends)); }

  Outcome client(uint8_t flags, uint32_t seq, uint32_t ack) {
    return from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Tcp{.seq = seq, .ack = ack, .flags = flags});
  }
  Outcome backend(uint8_t flags, uint32_t seq, uint32_t ack) {
    return from_lan(Ip4{.src = kInside, .dst = kFar} /
                    Tcp{.sport = 8080, .dport = 40000, .seq = seq, .ack = ack, .flags = flags});
  }
  void open() {
    lead_to(std::string(kFirstBackend) + ", " + kSecondBackend);
    ASSERT_EQ(client(kSyn, 1000, 0).view().dst, kInside);
    ASSERT_EQ(backend(kSyn | kAck, 9000, 1001).what, "forwarded");
    ASSERT_EQ(client(kAck, 1001, 9001).what, "forwarded");
    ASSERT_EQ(phase(), "established");
  }
  std::string phase() { return phase_of(lab, kRoute); }
  uint32_t gc(Engine::Gc what) { return lab.engine().gc(what).value(); }

  // "NUMBER to ADDRESS", of a reset whose frame is right.
  static std::string reset(const Outcome& outcome) {
    if (outcome.what != "answered: FLOW_ENDED") return outcome.what;
    const View got = outcome.view();
    EXPECT_EQ(got.flaws(), "");
    EXPECT_EQ(got.tcp_flags, kRst);
    return std::to_string(got.seq) + " to " + got.dst;
  }
};
ON_BOTH_HOOKS(Over);

TEST_P(Over, EachSideIsToldByTheNumberThatItWaitsFor) {
  open();
  lead_to(kSecondBackend);
  EXPECT_EQ(reset(client(kAck, 1001, 9001)), "9001 to 198.51.100.7");
  EXPECT_EQ(phase(), "over");
  EXPECT_EQ(reset(backend(kAck, 9001, 1001)), "1001 to 192.168.10.2");
  EXPECT_EQ(phase(), "told");
  EXPECT_EQ(reset(client(kAck, 1001, 9001)), "9001 to 198.51.100.7") << "the first one may be lost";
}

TEST_P(Over, TheSweeperLeavesItToBeTold) {
  open();
  lead_to(kSecondBackend);
  EXPECT_EQ(gc(Engine::Gc::kDisallowed), 0u);
  EXPECT_EQ(phase(), "over");
  EXPECT_EQ(reset(backend(kAck, 9001, 1001)), "1001 to 192.168.10.2");
  EXPECT_EQ(reset(client(kAck, 1001, 9001)), "9001 to 198.51.100.7");
}

TEST_P(Over, WhoIsSilentIsToldLateAndWhoIsToldIsForgottenSoon) {
  open();
  lead_to(kSecondBackend);
  ASSERT_EQ(gc(Engine::Gc::kDisallowed), 0u);
  age_flow(lab, kRoute, 7000);   // of 7440 s
  EXPECT_EQ(gc(Engine::Gc::kExpired), 0u);
  EXPECT_EQ(reset(client(kAck, 1001, 9001)), "9001 to 198.51.100.7");
  EXPECT_EQ(reset(backend(kAck, 9001, 1001)), "1001 to 192.168.10.2");
  age_flow(lab, kRoute, 238);
  EXPECT_EQ(gc(Engine::Gc::kExpired), 0u);
  age_flow(lab, kRoute, 3);
  EXPECT_EQ(gc(Engine::Gc::kExpired), 1u);
}

TEST_P(Over, TheSamePortsAgainAreANewConnection) {
  open();
  lead_to(kSecondBackend);
  ASSERT_EQ(gc(Engine::Gc::kDisallowed), 0u);
  EXPECT_EQ(client(kSyn, 5000, 0).view().dst, kSecond);
  EXPECT_EQ(phase(), "half open");
}

TEST_P(Over, WhoGuessesNumbersIsToldNothing) {
  open();
  lead_to(kSecondBackend);
  ASSERT_EQ(gc(Engine::Gc::kDisallowed), 0u);
  EXPECT_EQ(client(kAck, 400'000'000, 9001).what, "dropped: FLOW_ENDED");
  EXPECT_EQ(client(kAck, 1001, 400'000'000).what, "dropped: FLOW_ENDED");
  EXPECT_EQ(client(kRst, 1001, 0).what, "dropped: FLOW_ENDED") << "a reset is never answered";
  ASSERT_EQ(reset(backend(kAck, 9001, 1001)), "1001 to 192.168.10.2");
}

TEST_P(Over, ABackendThatComesBackDoesNotGoOnWithIt) {
  open();
  lead_to(kSecondBackend);
  ASSERT_EQ(gc(Engine::Gc::kDisallowed), 0u);
  lead_to(std::string(kFirstBackend) + ", " + kSecondBackend);
  ASSERT_EQ(gc(Engine::Gc::kDisallowed), 0u);
  EXPECT_EQ(reset(client(kAck, 1001, 9001)), "9001 to 198.51.100.7") << "one side may have been told";
  EXPECT_EQ(reset(backend(kAck, 9001, 1001)), "1001 to 192.168.10.2");
}

TEST_P(Over, ABackendThatComesBackBeforeAnybodyLookedGoesOn) {
  open();
  lead_to(kSecondBackend);
  lead_to(std::string(kFirstBackend) + ", " + kSecondBackend);
  EXPECT_EQ(client(kAck, 1001, 9001).what, "forwarded");
}

// Who closes may end that where it began.
TEST_P(Over, ANewConnectionOfTheSamePortsComesToNobodyWhoTakesNone) {
  open();
  lead_to(R"({ "name": "one", "near": "192.168.10.2:8080", "drain": true }, )" + std::string(kSecondBackend));
  EXPECT_EQ(client(kFin | kAck, 1001, 9001).view().dst, kInside);
  EXPECT_EQ(backend(kFin | kAck, 9001, 1002).what, "forwarded");
  EXPECT_EQ(client(kAck, 1002, 9002).view().dst, kInside);
  ASSERT_EQ(phase(), "closing");
  EXPECT_EQ(client(kFin | kAck, 1001, 9002).view().dst, kInside) << "sent again";
  EXPECT_EQ(client(kSyn, 5000, 0).view().dst, kSecond);
  EXPECT_EQ(phase(), "half open");
  EXPECT_EQ(state_flaws(lab), "");
}

TEST_P(Over, AHandshakeBeginsAnewAndDatagramsEnd) {
  lead_to(std::string(kFirstBackend) + ", " + kSecondBackend);
  ASSERT_EQ(client(kSyn, 1000, 0).view().dst, kInside);
  lead_to(kSecondBackend);
  EXPECT_EQ(client(kSyn, 1000, 0).view().dst, kSecond);
  lab.forget();
  const Layers request = Ip4{.src = kFar, .dst = kWanAddress} / Udp{.dport = 80};
  ASSERT_EQ(from_wan(request).view().dst, kSecond);
  lead_to(kFirstBackend);
  EXPECT_EQ(from_wan(request).view().dst, kInside);
}

}   // namespace
}   // namespace sluice::test
