// SPDX-License-Identifier: GPL-2.0-or-later
// What is counted of new connections to the backends of a service, and what nobody outside can have counted.
#include "icmp_errors.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

constexpr const char* kBackend = "web/one/near";
constexpr uint16_t kPort = 40000;

// The client's SYN has number 1000, the backend's 9000.
class Signs : public HookTest {
 protected:
  Signs() {
    Rules rules = home_rules();
    rules.forwards.clear();
    rules.more =
        R"(, "underlays": { "near": { "zone": "lan" } }, "services": { "web": { "listen": "203.0.113.1",
           "protocol": ["tcp", "udp"], "ports": 80,
           "backends": [ { "name": "one", "near": "192.168.10.2:8080" } ] } })";
    use(rules);
    before_ = seen();
  }
  SignCount seen() { return lab.engine().signs({kBackend}).value().at(0); }
  // "asked answered refused", since the document was applied.
  std::string signs() {
    const SignCount now = seen();
    return std::to_string(now.asked - before_.asked) + " " + std::to_string(now.answered - before_.answered) +
           " " + std::to_string(now.refused - before_.refused);
  }

  Outcome client(uint8_t flags, uint32_t seq, uint32_t ack, uint16_t port = kPort) {
    return from_wan(Ip4{.src = kFar, .dst = kWanAddress} /
                    Tcp{.sport = port, .seq = seq, .ack = ack, .flags = flags});
  }
  Outcome backend(uint8_t flags, uint32_t seq, uint32_t ack, uint16_t port = kPort) {
    return from_lan(Ip4{.src = kInside, .dst = kFar} /
                    Tcp{.sport = 8080, .dport = port, .seq = seq, .ack = ack, .flags = flags});
  }
  Outcome open() { return client(kSyn, 1000, 0); }
  Outcome error(At device, uint8_t code, const View& about, uint8_t type = 3) {
    const bool from_behind = device == At::kLan;
    return from(device, Ip4{.src = from_behind ? kInside : kFar, .dst = from_behind ? kFar : kWanAddress} /
                            Icmp{.type = type, .code = code} / quote_of(about, 20));
  }

  SignCount before_;
};
ON_BOTH_HOOKS(Signs);

TEST_P(Signs, AnAnswerIsCountedOnce) {
  open();
  EXPECT_EQ(signs(), "1 0 0");
  open();   // again
  EXPECT_EQ(signs(), "1 0 0");
  backend(kSyn | kAck, 9000, 1001);
  EXPECT_EQ(signs(), "1 1 0");
  backend(kSyn | kAck, 9000, 1001);
  client(kAck, 1001, 9001);
  backend(kAck, 9001, 1001);
  backend(kRst | kAck, 9001, 1001);
  EXPECT_EQ(signs(), "1 1 0") << "what happens later is no sign";
}

TEST_P(Signs, TheTimeIsThatOfAConnectionWithOneSyn) {
  open();
  open();
  backend(kSyn | kAck, 9000, 1001);
  EXPECT_EQ(seen().answer_us, before_.answer_us) << "which SYN was answered?";
  client(kSyn, 5000, 0, 40001);
  ASSERT_EQ(backend(kSyn | kAck, 9000, 5001, 40001).what, "forwarded");
  EXPECT_GT(seen().answer_us, 0u);
  EXPECT_LT(seen().answer_us, 60'000'000u);
  EXPECT_EQ(client(kAck, 5001, 9001, 40001).what, "forwarded") << "where the time was kept is what it was";
}

TEST_P(Signs, ARefusalIsOneThatTheClientBelieves) {
  open();
  backend(kRst | kAck, 0, 2001);
  EXPECT_EQ(signs(), "1 0 0") << "it answers another SYN";
  backend(kRst | kAck, 0, 1001);
  EXPECT_EQ(signs(), "1 0 1");
  backend(kRst | kAck, 0, 1001);
  EXPECT_EQ(signs(), "1 0 1");
  open();
  EXPECT_EQ(signs(), "2 0 1") << "the same ports again";
  backend(kSyn | kAck, 9000, 1001);
  EXPECT_EQ(signs(), "2 1 1");
}

TEST_P(Signs, WhatAClientSendsIsNoRefusal) {
  open();
  client(kRst, 1001, 0);
  EXPECT_EQ(signs(), "1 0 0");
}

TEST_P(Signs, AnErrorAboutTheSynIsARefusal) {
  const View asked = open().view();
  error(At::kLan, 1, asked);
  EXPECT_EQ(signs(), "1 0 1");
  error(At::kLan, 4, asked);
  EXPECT_EQ(signs(), "1 0 1") << "fragmentation needed";
  error(At::kLan, 0, asked, 11);
  EXPECT_EQ(signs(), "1 0 1") << "its TTL is the client's choice";
  backend(kSyn | kAck, 9000, 1001);
  error(At::kLan, 1, asked);
  EXPECT_EQ(signs(), "1 1 1") << "it was answered";
}

TEST_P(Signs, AnErrorAboutTheAnswerIsTheClientsAffair) {
  open();
  const View answer = backend(kSyn | kAck, 9000, 1001).view();
  error(At::kWan, 1, answer);
  EXPECT_EQ(signs(), "1 1 0");
}

TEST_P(Signs, DatagramsAreNotAwaitedButHeard) {
  const View asked = from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = kPort, .dport = 80}).view();
  EXPECT_EQ(signs(), "0 0 0") << "nobody has to answer a datagram";
  error(At::kLan, 3, asked);
  EXPECT_EQ(signs(), "0 0 1");
  from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{.sport = 8080, .dport = kPort});
  from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{.sport = 8080, .dport = kPort});
  EXPECT_EQ(signs(), "0 1 1");
}

}   // namespace
}   // namespace sluice::test
