// SPDX-License-Identifier: GPL-2.0-or-later
// What TCP's flags do to a flow: RFC 9293, RFC 5382, and RFC 5961 for what is out of window.
#include "support/answers.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

// One connection from inside to outside. The client's next byte is 1001, the server's 9001.
class TcpFlow : public HookTest {
 protected:
  static constexpr auto kRoute = "192.168.10.2:40000 > 198.51.100.7:80";

  std::string client(uint8_t flags, uint32_t seq, uint32_t ack, uint16_t window = 1000) {
    return from_lan(Ip4{.src = kInside, .dst = kFar} /
                    Tcp{.seq = seq, .ack = ack, .flags = flags, .window = window})
        .what;
  }
  std::string server(uint8_t flags, uint32_t seq, uint32_t ack, uint16_t window = 1000) {
    return from_wan(
               Ip4{.src = kFar, .dst = kWanAddress} /
               Tcp{.sport = 80, .dport = 40000, .seq = seq, .ack = ack, .flags = flags, .window = window})
        .what;
  }
  void open() {
    ASSERT_EQ(client(kSyn, 1000, 0), "forwarded");
    ASSERT_EQ(server(kSyn | kAck, 9000, 1001), "forwarded");
    ASSERT_EQ(client(kAck, 1001, 9001), "forwarded");
    ASSERT_EQ(server(kAck, 9001, 1001), "forwarded");
  }
  std::string phase() { return phase_of(lab, kRoute); }
};
ON_BOTH_HOOKS(TcpFlow);

TEST_P(TcpFlow, AHandshakeEstablishes) {
  ASSERT_EQ(client(kSyn, 1000, 0), "forwarded");
  EXPECT_EQ(phase(), "half open");
  ASSERT_EQ(server(kSyn | kAck, 9000, 1001), "forwarded");
  EXPECT_EQ(phase(), "half open") << "the client may never have asked";
  ASSERT_EQ(client(kAck, 1001, 9001), "forwarded");
  EXPECT_EQ(phase(), "established");
}

TEST_P(TcpFlow, ASimultaneousOpenEstablishes) {
  ASSERT_EQ(client(kSyn, 1000, 0), "forwarded");
  ASSERT_EQ(server(kSyn, 9000, 0), "forwarded");
  ASSERT_EQ(client(kSyn | kAck, 1000, 9001), "forwarded");
  ASSERT_EQ(server(kSyn | kAck, 9000, 1001), "forwarded");
  ASSERT_EQ(client(kAck, 1001, 9001), "forwarded");
  EXPECT_EQ(phase(), "established");
}

TEST_P(TcpFlow, AnAcknowledgementWithoutAHandshakeDoesNotEstablish) {
  ASSERT_EQ(client(kSyn, 1000, 0), "forwarded");
  ASSERT_EQ(client(kAck, 1001, 9001), "forwarded");
  EXPECT_EQ(phase(), "half open");
}

TEST_P(TcpFlow, AFinCloses) {
  open();
  ASSERT_EQ(client(kFin | kAck, 1001, 9001), "forwarded");
  EXPECT_EQ(phase(), "closing");
  EXPECT_EQ(server(kAck, 9001, 1002), "forwarded") << "half closed: the server goes on";
  EXPECT_EQ(server(kFin | kAck, 9001, 1002), "forwarded");
  EXPECT_EQ(client(kAck, 1002, 9002), "forwarded");
  EXPECT_EQ(phase(), "closing");
}

TEST_P(TcpFlow, AResetInTheWindowClosesFromBothSides) {
  open();
  ASSERT_EQ(server(kRst, 9001, 0), "forwarded");
  EXPECT_EQ(phase(), "closing");
  lab.forget();
  open();
  ASSERT_EQ(client(kRst, 1001, 0), "forwarded");
  EXPECT_EQ(phase(), "closing");
}

TEST_P(TcpFlow, AResetOrFinOutOfTheWindowChangesNothing) {
  open();
  const uint32_t widest = 1000u << 14;   // scaled as far as it can be, because no SYN said otherwise
  for (const uint32_t off : {0u - 1, 0u - 100000, widest + 2, 0x7fffffffu, 0x80000000u}) {
    ASSERT_EQ(server(kRst, 9001 + off, 0), "forwarded") << "the client judges for itself";
    EXPECT_EQ(phase(), "established") << off;
    ASSERT_EQ(client(kFin | kAck, 1001 + off, 9001), "forwarded");
    EXPECT_EQ(phase(), "established") << off;
  }
}

TEST_P(TcpFlow, ARefusedConnectionIsClosing) {
  ASSERT_EQ(client(kSyn, 1000, 0), "forwarded");
  ASSERT_EQ(server(kRst | kAck, 0, 1001), "forwarded");
  EXPECT_EQ(phase(), "closing");
}

TEST_P(TcpFlow, TheSamePortsOpenAgainAfterAClose) {
  open();
  ASSERT_EQ(client(kFin | kAck, 1001, 9001), "forwarded");
  ASSERT_EQ(client(kSyn, 70000, 0), "forwarded");
  EXPECT_EQ(phase(), "half open");
  ASSERT_EQ(server(kSyn | kAck, 90000, 70001), "forwarded");
  ASSERT_EQ(client(kAck, 70001, 90001), "forwarded");
  EXPECT_EQ(phase(), "established");
}

// Sequence numbers of the new connection may lie anywhere, also behind those of the old one.
TEST_P(TcpFlow, TheSecondConnectionOfThePortsClosesLikeTheFirst) {
  for (const uint32_t isn : {500u, 0xf0000000u}) {
    lab.forget();
    open();
    ASSERT_EQ(client(kFin | kAck, 1001, 9001), "forwarded");
    ASSERT_EQ(client(kSyn, isn, 0), "forwarded");
    ASSERT_EQ(server(kSyn | kAck, isn, isn + 1), "forwarded");
    ASSERT_EQ(client(kAck, isn + 1, isn + 1), "forwarded");
    ASSERT_EQ(server(kAck, isn + 1, isn + 1), "forwarded");
    ASSERT_EQ(phase(), "established");
    ASSERT_EQ(server(kFin | kAck, isn + 1, isn + 1), "forwarded");
    EXPECT_EQ(phase(), "closing") << "with initial sequence number " << isn;
  }
}

// A packet that is dropped because it comes from elsewhere must not have changed anything.
TEST_P(TcpFlow, APacketFromAnotherZoneChangesNoState) {
  open();
  const Layers forged =
      Ip4{.src = kInside, .dst = kFar} / Tcp{.seq = 1001, .ack = 9001, .flags = kRst | kAck};
  ASSERT_EQ(from(At::kDmz, forged).what, "dropped: WRONG_ZONE");
  EXPECT_EQ(phase(), "established");
}

// A SYN says by how much windows are scaled; both ends must have said it, but more room is only lenient.
TEST_P(TcpFlow, TheWindowIsScaledAsTheSynSays) {
  const Bytes scale_by_2{1, 3, 3, 2};
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{.options = scale_by_2}).what, "forwarded");
  ASSERT_EQ(server(kSyn | kAck, 9000, 1001), "forwarded");
  ASSERT_EQ(client(kAck, 1001, 9001), "forwarded");
  ASSERT_EQ(server(kRst, 9001 + 4001, 0), "forwarded");
  EXPECT_EQ(phase(), "established") << "1000 scaled by 2 bits is 4000";
  ASSERT_EQ(server(kRst, 9001 + 4000, 0), "forwarded");
  EXPECT_EQ(phase(), "closing");
}

TEST_P(TcpFlow, TheGatewaysOwnConnectionIsTrackedToo) {
  const auto own = [&](uint8_t flags, uint32_t seq, uint32_t ack) {
    return lab
        .leave(At::kWan, Ip4{.src = kWanAddress, .dst = kFar} /
                             Tcp{.sport = 555, .seq = seq, .ack = ack, .flags = flags})
        .what;
  };
  const auto peer = [&](uint8_t flags, uint32_t seq, uint32_t ack) {
    return from_wan(Ip4{.src = kFar, .dst = kWanAddress} /
                    Tcp{.sport = 80, .dport = 555, .seq = seq, .ack = ack, .flags = flags})
        .what;
  };
  const std::string route = "203.0.113.1:555 > 198.51.100.7:80";
  ASSERT_EQ(own(kSyn, 1000, 0), "from host");
  ASSERT_EQ(peer(kSyn | kAck, 9000, 1001), "to host");
  ASSERT_EQ(own(kAck, 1001, 9001), "from host");
  EXPECT_EQ(phase_of(lab, route), "established");
  ASSERT_EQ(own(kFin | kAck, 1001, 9001), "from host");
  EXPECT_EQ(phase_of(lab, route), "closing");
}

}   // namespace
}   // namespace sluice::test
