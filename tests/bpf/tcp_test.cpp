// SPDX-License-Identifier: GPL-2.0-or-later
// What TCP's flags do to a flow: RFC 9293, RFC 5382, and RFC 5961 for what is out of window.
#include "tcp_flow.hpp"

namespace sluice::test {
namespace {

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

// RFC 7413: the answer acknowledges the SYN with its data, or the SYN alone.
TEST_P(TcpFlow, FastOpenEstablishes) {
  for (const uint32_t taken : {4u, 0u}) {
    ASSERT_EQ(client(kSyn, 1000, 0, text("data")), "forwarded");
    ASSERT_EQ(server(kSyn | kAck, 9000, 1001 + taken, text("answer")), "forwarded");
    ASSERT_EQ(client(kAck, 1001 + taken, 9007), "forwarded");
    EXPECT_EQ(phase(), "established") << taken;
    lab.forget();
  }
}

TEST_P(TcpFlow, AnAcknowledgementWithoutAHandshakeDoesNotEstablish) {
  ASSERT_EQ(client(kSyn, 1000, 0), "forwarded");
  ASSERT_EQ(client(kAck, 1001, 9001), "forwarded");
  EXPECT_EQ(phase(), "half open");
}

TEST_P(TcpFlow, FinsOfBothSidesClose) {
  open();
  ASSERT_EQ(client(kFin | kAck, 1001, 9001), "forwarded");
  EXPECT_EQ(phase(), "established") << "half closed: the server goes on for as long as it likes";
  EXPECT_EQ(server(kAck, 9001, 1002), "forwarded");
  EXPECT_EQ(server(kFin | kAck, 9001, 1002), "forwarded");
  EXPECT_EQ(phase(), "closing");
  EXPECT_EQ(client(kAck, 1002, 9002), "forwarded");
  EXPECT_EQ(phase(), "closing");
}

TEST_P(TcpFlow, AnExactResetClosesFromBothSides) {
  open();
  ASSERT_EQ(server(kRst, 9001, 0), "forwarded");
  EXPECT_EQ(phase(), "closing");
  lab.forget();
  open();
  ASSERT_EQ(client(kRst, 1001, 0), "forwarded");
  EXPECT_EQ(phase(), "closing");
}

TEST_P(TcpFlow, ARefusedConnectionIsClosing) {
  ASSERT_EQ(client(kSyn, 1000, 0), "forwarded");
  ASSERT_EQ(server(kRst | kAck, 0, 1001), "forwarded");
  EXPECT_EQ(phase(), "closing");
}

TEST_P(TcpFlow, TheSamePortsOpenAgainAfterAClose) {
  open();
  close();
  ASSERT_EQ(client(kSyn, 70000, 0), "forwarded");
  EXPECT_EQ(phase(), "half open");
  ASSERT_EQ(server(kSyn | kAck, 90000, 70001), "forwarded");
  ASSERT_EQ(client(kAck, 70001, 90001), "forwarded");
  EXPECT_EQ(phase(), "established");
}

// Sequence numbers of the new connection may lie anywhere, also behind those of the old one (RFC 6191).
TEST_P(TcpFlow, TheSecondConnectionOfThePortsClosesLikeTheFirst) {
  for (const uint32_t isn : {500u, 0xf0000000u, 0xffffffffu}) {
    lab.forget();
    open();
    close();
    open(isn, isn);
    ASSERT_EQ(phase(), "established");
    close(isn, isn);
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

// A SYN says by how much windows are scaled: the widest that the client can offer is 0xffff << 2.
TEST_P(TcpFlow, TheWindowIsScaledAsTheSynSays) {
  const Bytes scale_by_2{1, 3, 3, 2};
  const uint32_t edge = 9001 + (0xffff << 2);
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{.options = scale_by_2}).what, "forwarded");
  ASSERT_EQ(server(kSyn | kAck, 9000, 1001), "forwarded");
  ASSERT_EQ(client(kFin | kAck, 1001, 9001), "forwarded");
  ASSERT_EQ(server(kFin | kAck, edge + 1, 1002), "forwarded");
  EXPECT_EQ(phase(), "established") << "more than the window can be";
  ASSERT_EQ(server(kFin | kAck, edge, 1002), "forwarded");
  EXPECT_EQ(phase(), "closing");
}

// The server cannot tell by which address a client came: the two connections have the same answers.
TEST_P(TcpFlow, AClosedConnectionGivesWayToTheClientsNextByAnotherAddress) {
  Rules rules = home_rules();
  rules.forwards = R"(
      { "name": "web", "listen": "203.0.113.1", "protocol": "tcp", "ports": 80, "to": "192.168.10.2:8080" },
      { "name": "again", "listen": "203.0.113.1", "protocol": "tcp", "ports": 81, "to": "192.168.10.2:8080" })";
  use(rules);
  const auto asks = [&](uint16_t port, uint8_t flags, uint32_t seq, uint32_t ack) {
    return from_wan(Ip4{.src = kFar, .dst = kWanAddress} /
                    Tcp{.sport = 555, .dport = port, .seq = seq, .ack = ack, .flags = flags})
        .what;
  };
  const auto answers = [&](uint8_t flags, uint32_t seq, uint32_t ack) {
    return from_lan(Ip4{.src = kInside, .dst = kFar} /
                    Tcp{.sport = 8080, .dport = 555, .seq = seq, .ack = ack, .flags = flags})
        .what;
  };
  ASSERT_EQ(asks(80, kSyn, 1000, 0), "forwarded");
  ASSERT_EQ(answers(kSyn | kAck, 9000, 1001), "forwarded");
  ASSERT_EQ(asks(80, kAck, 1001, 9001), "forwarded");
  EXPECT_EQ(asks(81, kSyn, 70000, 0), "dropped: FLOW_CONFLICT") << "the first one lives";
  ASSERT_EQ(asks(80, kFin | kAck, 1001, 9001), "forwarded");
  EXPECT_EQ(asks(81, kSyn, 70000, 0), "dropped: FLOW_CONFLICT") << "the server may go on sending";
  ASSERT_EQ(answers(kFin | kAck, 9001, 1002), "forwarded");
  EXPECT_EQ(asks(81, kSyn, 70000, 0), "forwarded");
  EXPECT_EQ(answers(kSyn | kAck, 90000, 70001), "forwarded");
  EXPECT_EQ(asks(81, kAck, 70001, 90001), "forwarded");
  EXPECT_EQ(phase_of(lab, "198.51.100.7:555 > 203.0.113.1:80"), "no flow");
  EXPECT_EQ(phase_of(lab, "198.51.100.7:555 > 203.0.113.1:81"), "established");
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
  ASSERT_EQ(peer(kFin | kAck, 9001, 1002), "to host");
  EXPECT_EQ(phase_of(lab, route), "closing");
}

}   // namespace
}   // namespace sluice::test
