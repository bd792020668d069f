// SPDX-License-Identifier: GPL-2.0-or-later
// What the gateway itself sends back: time exceeded, too big, unreachable, reset. Always by tc; XDP hands on.
#include <linux/pkt_cls.h>

#include "support/bpf_test.hpp"
#include "support/devices.hpp"

namespace sluice::test {
namespace {

class Answer : public HookTest {
 protected:
  // The error that came back, with all that must hold of any of them.
  View error(At device, const Layers& layers, const std::string& what) {
    const View sent(lab.framed(device, layers));
    const Outcome outcome = from(device, layers);
    const View got = outcome.view();
    EXPECT_EQ(outcome.what, what);
    EXPECT_EQ(outcome.code, uint32_t{TC_ACT_REDIRECT});
    EXPECT_EQ(got.flaws(), "");
    EXPECT_EQ(got.dst, sent.src);
    EXPECT_EQ(got.ttl, 64);
    EXPECT_EQ(got.dst_mac, sent.src_mac);
    EXPECT_EQ(got.src_mac, lab.mac(device));
    return got;
  }

  // Says which address spoke, the type and the code, and that the quotation is the packet itself.
  std::string icmp(At device, const Layers& layers, const std::string& what) {
    const View got = error(device, layers, what), sent(lab.framed(device, layers));
    const Bytes quote = got.payload();
    const size_t length = std::min<size_t>(quote.size(), sent.end - sent.l3);
    EXPECT_TRUE(std::equal(quote.begin(), quote.begin() + length, sent.bytes.begin() + sent.l3));
    EXPECT_GE(quote.size(), std::min<size_t>(sent.end - sent.l3, 512))
        << "RFC 1812: as much as fits in 576 bytes";
    return got.src + " says " + std::to_string(got.icmp_type) + "/" + std::to_string(got.icmp_code);
  }
};
ON_BOTH_HOOKS(Answer);

TEST_P(Answer, TimeExceededFromTheAddressThatFacesTheSender) {
  for (const uint8_t ttl : {uint8_t{0}, uint8_t{1}}) {
    EXPECT_EQ(icmp(At::kLan, Ip4{.src = kInside, .dst = kFar, .ttl = ttl} / Udp{}, "answered: TTL"),
              "192.168.10.1 says 11/0");
    EXPECT_EQ(icmp(At::kLan, Ip6{.src = kInside6, .dst = kFar6, .ttl = ttl} / Udp{}, "answered: TTL"),
              "2001:db8:10::1 says 3/0");
    EXPECT_EQ(icmp(At::kWan, Ip4{.src = kFar, .dst = kWanAddress, .ttl = ttl} / Tcp{}, "answered: TTL"),
              "203.0.113.1 says 11/0");
  }
  EXPECT_TRUE(flow_rows(lab).empty()) << "it opened no flow";
}

TEST_P(Answer, TimeExceededForAPacketOfAKnownFlow) {
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).what, "forwarded");
  EXPECT_EQ(icmp(At::kLan, Ip4{.src = kInside, .dst = kFar, .ttl = 1} / Udp{}, "answered: TTL"),
            "192.168.10.1 says 11/0");
}

TEST_P(Answer, QuotesOfEveryLengthHaveTheRightChecksum) {
  for (size_t size = 0; size < 600; size += 7) {
    lab.forgive_errors();
    icmp(At::kLan, Ip4{.src = kInside, .dst = kFar, .ttl = 1} / Udp{} / Bytes(size, 0xa5), "answered: TTL");
    icmp(At::kLan, Ip6{.src = kInside6, .dst = kFar6, .ttl = 1} / Udp{} / Bytes(size, 0x5a), "answered: TTL");
  }
}

TEST_P(Answer, ARejectedTcpConnectionIsReset) {
  const View got = error(At::kLan, Ip4{.src = kInside, .dst = kDmz} / Tcp{.dport = 22}, "answered: REJECT");
  EXPECT_EQ(got.route(), "172.20.1.2:22 > 192.168.10.2:40000");
  EXPECT_EQ(got.tcp_flags, kRst | kAck);
  EXPECT_EQ(got.ack, 1001u);
  const View got6 =
      error(At::kLan, Ip6{.src = kInside6, .dst = kDmz6} / Tcp{.dport = 22}, "answered: REJECT");
  EXPECT_EQ(got6.route(), "[2001:db8:20::2]:22 > [2001:db8:10::2]:40000");
  EXPECT_EQ(got6.tcp_flags, kRst | kAck);
}

TEST_P(Answer, AResetOfAnAcknowledgementTakesItsNumber) {
  const View got =
      error(At::kLan, Ip4{.src = kInside, .dst = kDmz} / Tcp{.dport = 22, .ack = 5555, .flags = kAck},
            "answered: REJECT");
  EXPECT_EQ(got.tcp_flags, kRst);
  EXPECT_EQ(got.seq, 5555u);
}

TEST_P(Answer, AResetIsNeverAnsweredByAReset) {
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kDmz} / Tcp{.dport = 22, .flags = kRst}).what,
            "dropped: REJECT");
}

TEST_P(Answer, OptionsAndExtensionsAreNotInTheReset) {
  error(
      At::kLan,
      Ip4{.src = kInside, .dst = kDmz, .options = Bytes(12, 1)} / Tcp{.dport = 22, .options = {2, 4, 5, 180}},
      "answered: REJECT");
  error(At::kLan,
        Ip6{.src = kInside6, .dst = kDmz6} / Extension{} / Tcp{.dport = 22, .options = {2, 4, 5, 180}},
        "answered: REJECT");
}

TEST_P(Answer, OtherRejectedPacketsAreToldByIcmp) {
  EXPECT_EQ(icmp(At::kLan, Ip4{.src = kInside, .dst = kDmz} / Udp{.dport = 161}, "answered: REJECT"),
            "192.168.10.1 says 3/3");
  EXPECT_EQ(icmp(At::kLan, Ip4{.src = kInside, .dst = kDmz} / Gre{} / Bytes(9), "answered: REJECT"),
            "192.168.10.1 says 3/13");
  EXPECT_EQ(icmp(At::kLan, Ip6{.src = kInside6, .dst = kDmz6} / Udp{.dport = 161}, "answered: REJECT"),
            "2001:db8:10::1 says 1/4");
  EXPECT_EQ(icmp(At::kLan, Ip6{.src = kInside6, .dst = kDmz6} / Gre{} / Bytes(9), "answered: REJECT"),
            "2001:db8:10::1 says 1/1");
}

TEST_P(Answer, RejectedByTheGatewayItself) {
  EXPECT_EQ(icmp(At::kLan, Ip4{.src = kInside, .dst = kLanAddress} / Udp{.dport = 161}, "answered: REJECT"),
            "192.168.10.1 says 3/3");
  EXPECT_EQ(error(At::kLan, Ip4{.src = kInside, .dst = kLanAddress} / Tcp{}, "answered: REJECT").tcp_flags,
            kRst | kAck);
}

TEST_P(Answer, NoRoute) {
  EXPECT_EQ(icmp(At::kLan, Ip4{.src = kInside, .dst = "192.0.2.1"} / Udp{}, "answered: NO_ROUTE"),
            "192.168.10.1 says 3/0");
  EXPECT_EQ(icmp(At::kLan, Ip6{.src = kInside6, .dst = "2001:db8:77::1"} / Udp{}, "answered: NO_ROUTE"),
            "2001:db8:10::1 says 1/0");
}

TEST_P(Answer, NothingIsSentAboutWhatIsNeverAnswered) {
  const Bytes quote = build(Ip4{.src = kWanAddress, .dst = kFar} / Udp{});
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kDmz} / Icmp{} / quote).what, "dropped: ICMP_NO_FLOW")
      << "an error";
  EXPECT_EQ(from_lan(Eth{.dst = {255, 255, 255, 255, 255, 255}} /
                     (Ip4{.src = kInside, .dst = kDmz} / Udp{.dport = 161}))
                .what,
            "dropped: LINK_BROADCAST");
  EXPECT_EQ(from(At::kWan, Ip4{.src = kFar, .dst = "203.0.113.255"} / Udp{}).what, "dropped: POLICY")
      << "to many";
}

// 1000 in a second of one interface, from all CPUs (RFC 1812 section 4.3.2.8), however long this takes.
TEST_P(Answer, ErrorsAreRateLimited) {
  const Bytes packet = lab.framed(At::kLan, Ip4{.src = kInside, .dst = kFar, .ttl = 1} / Udp{});
  int answered = 0;
  for (bool silent = false; !silent && answered < 100000; answered += !silent) {
    Bytes frame = packet;
    silent = lab.run(Hook::kTcIngress, At::kLan, frame) != TC_ACT_REDIRECT;
  }
  EXPECT_GT(answered, 0);
  EXPECT_LT(answered, 100000);
  const std::string what = from_lan(Ip4{.src = kInside, .dst = kFar, .ttl = 1} / Udp{}).what;
  EXPECT_TRUE(what.ends_with(": TTL")) << what << ": counted all the same";
}

class TooBig : public Answer {
 protected:
  void SetUp() override {
    ASSERT_TRUE(set_mtu("wan", 1400));
    lab.apply_again();
  }
  void TearDown() override {
    ASSERT_TRUE(set_mtu("wan", 1500));
    lab.apply_again();
    Answer::TearDown();
  }
  const Layers packet = Ip4{.src = kInside, .dst = kFar} / Udp{} / Bytes(1420 - 28);
};
ON_BOTH_HOOKS(TooBig);

TEST_P(TooBig, SaysWhatFits) {
  const View got = error(At::kLan, packet, "answered: TOO_BIG");
  EXPECT_EQ(got.icmp_type, 3);
  EXPECT_EQ(got.icmp_code, 4);
  EXPECT_EQ(got.icmp_info, 1400u);
  const View got6 =
      error(At::kLan, Ip6{.src = kInside6, .dst = kFar6} / Udp{} / Bytes(1420), "answered: TOO_BIG");
  EXPECT_EQ(got6.icmp_type, 2);
  EXPECT_EQ(got6.icmp_info, 1400u);
}

// Path MTU discovery of one flow must not hear of the last packet that another flow began with.
TEST_P(TooBig, SaysWhatFitsThisFlow) {
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{} / Bytes(100)).what, "forwarded");
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kDmz} / Udp{}).what, "forwarded") << "by a link of 1500";
  EXPECT_EQ(error(At::kLan, packet, "answered: TOO_BIG").icmp_info, 1400u);
}

// Who asks for more errors than there may be takes none from other interfaces, and no "too big" from anybody.
TEST_P(TooBig, IsToldApartFromOtherErrorsAndInterfaces) {
  const Bytes dies = lab.framed(At::kLan, Ip4{.src = kInside, .dst = kFar, .ttl = 1} / Udp{});
  for (int i = 0; i < 3000; ++i) {
    Bytes frame = dies;
    lab.run(Hook::kTcIngress, At::kLan, frame);
  }
  EXPECT_EQ(from_lan(packet).what, "answered: TOO_BIG");
  EXPECT_EQ(from(At::kDmz, Ip4{.src = kDmz, .dst = kFar, .ttl = 1} / Udp{}).what, "answered: TTL");
}

TEST_P(TooBig, ExactlyTheMtuFits) {
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{} / Bytes(1400 - 28)).what, "forwarded");
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{} / Bytes(1401 - 28)).what, "answered: TOO_BIG");
}

// Segmentation offload: what counts is the size on the wire, and only tc sees such packets.
TEST_P(TooBig, SuperPacketsAreMeasuredByTheirSegments) {
  if (GetParam() == Hook::kXdp) GTEST_SKIP() << "XDP has no super-packets";
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{}).what, "forwarded");
  const Layers large = Ip4{.src = kInside, .dst = kFar} / Tcp{.flags = kAck} / Bytes(3000);
  EXPECT_EQ(from(At::kLan, large, {.gso_size = 1360}).what, "forwarded");
  EXPECT_EQ(from(At::kLan, large, {.gso_size = 1361}).what, "answered: TOO_BIG");
}

}   // namespace
}   // namespace sluice::test
