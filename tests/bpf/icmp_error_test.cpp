// SPDX-License-Identifier: GPL-2.0-or-later
// ICMP errors about packets of known flows, from both sides, translated with what they quote (RFC 5508).
#include <tuple>

#include "crossings.hpp"
#include "icmp_errors.hpp"

namespace sluice::test {
namespace {

class IcmpError : public LabTest, public testing::WithParamInterface<std::tuple<Hook, Crossing>> {
 protected:
  Hook hook() const { return std::get<0>(GetParam()); }

  // The receiver of the flow's packet complains; the sender must understand. Unless the way back is resolved,
  // the kernel's neighbour code writes the link header, behind the program.
  void complain(At from, At to, const View& seen, std::string_view who, const View& sent,
                const std::string& shown, bool resolved) {
    for (const size_t quoted : {8, 1000}) {
      const Outcome outcome =
          lab.arrive(hook(), from, error_about(seen, who, seen.src, quote_of(seen, quoted)));
      ASSERT_EQ(outcome.what, "forwarded");
      EXPECT_EQ(outcome.view().flaws(), "") << "with " << quoted << " bytes quoted";
      EXPECT_EQ(outcome.view().dst, sent.src);
      EXPECT_EQ(outcome.view().src, shown);
      if (resolved) {
        EXPECT_EQ(outcome.view().src_mac, lab.mac(to)) << "it leaves where the sender is";
      }
      EXPECT_EQ(outcome.view().quoted().route(), sent.route());
      EXPECT_EQ(outcome.view().quoted().flaws(), "") << "the quoted packet, with " << quoted << " bytes";
    }
  }
};

TEST_P(IcmpError, FromTheReceiver) {
  const auto& [name, in, out, packet, route, nat] = std::get<1>(GetParam());
  const View sent(lab.framed(in, packet));
  const View seen = lab.arrive(hook(), in, packet).view();
  complain(out, in, seen, seen.dst, sent, sent.dst, false);
}

// About the answer, from the one who asked: the other direction of the same translation.
TEST_P(IcmpError, FromTheSenderAboutTheAnswer) {
  const auto& [name, in, out, packet, route, nat] = std::get<1>(GetParam());
  const View there = lab.arrive(hook(), in, packet).view();
  const Layers answer = answer_to(there, kSyn | kAck);
  const View sent(lab.framed(out, answer));
  const View seen = lab.arrive(hook(), out, answer).view();
  complain(in, out, seen, seen.dst, sent, sent.dst, true);
}

std::string error_name(const testing::TestParamInfo<IcmpError::ParamType>& info) {
  return std::string(std::get<1>(info.param).name) + "_" + hook_name(std::get<0>(info.param));
}

INSTANTIATE_TEST_SUITE_P(All, IcmpError,
                         testing::Combine(testing::Values(Hook::kTcIngress, Hook::kXdp),
                                          testing::ValuesIn(crossings())),
                         error_name);

class IcmpErrorCase : public HookTest {
 protected:
  const Layers packet = Ip4{.src = kInside, .dst = kFar} / Udp{} / text("asks");
  static constexpr auto kRoute = "192.168.10.2:40000 > 198.51.100.7:53";
};
ON_BOTH_HOOKS(IcmpErrorCase);

TEST_P(IcmpErrorCase, ARouterOnTheWayIsShownAsItIs) {
  const View seen = from_lan(packet).view();
  const Outcome outcome = from_wan(error_about(seen, kOutside, kWanAddress, quote_of(seen, 8)));
  EXPECT_EQ(outcome.what, "forwarded");
  EXPECT_EQ(outcome.view().src, kOutside) << "traceroute lives by this";
  EXPECT_EQ(outcome.view().dst, kInside);
}

// From lo, where it went to the address that the packet had left with (bpf/icmp/own_error.h); from the wire
// nobody is it.
TEST_P(IcmpErrorCase, TheGatewayItselfIsBelievedByItsMark) {
  constexpr uint32_t kOwnMark = 0x51c1ce01;
  const View seen = from_lan(packet).view();
  const Layers error = error_about(seen, kWanAddress, kWanAddress, quote_of(seen, 8));
  EXPECT_EQ(from_wan(error).what, "dropped: OWN_SOURCE");
  const Outcome outcome = lab.arrive(GetParam(), At::kWan, error, {.mark = kOwnMark});
  EXPECT_EQ(outcome.what, "forwarded");
  EXPECT_EQ(outcome.view().dst, kInside);
  EXPECT_EQ(outcome.view().quoted().route(), kRoute);
}

TEST_P(IcmpErrorCase, ARouterInsideIsHidden) {
  const View seen = from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Tcp{}).view();
  const Outcome outcome = from_lan(error_about(seen, kSecond, kFar, quote_of(seen, 8)));
  EXPECT_EQ(outcome.what, "forwarded");
  EXPECT_EQ(outcome.view().src, kWanAddress) << "no inside address leaves";
  EXPECT_EQ(outcome.view().quoted().route(), "198.51.100.7:40000 > 203.0.113.1:80");
}

TEST_P(IcmpErrorCase, EachKindOfErrorKeepsWhatItSays) {
  const View seen = from_lan(packet).view();
  for (const Icmp& error : {Icmp{3, 4, 1280}, Icmp{3, 3, 0}, Icmp{3, 13, 0}, Icmp{11, 0, 0}, Icmp{11, 1, 0},
                            Icmp{12, 0, 0x14000000}}) {
    const View got = from_wan(Ip4{.src = kFar, .dst = kWanAddress} / error / quote_of(seen, 8)).view();
    EXPECT_EQ(got.icmp_type, error.type);
    EXPECT_EQ(got.icmp_code, error.code);
    EXPECT_EQ(got.icmp_info, error.info) << "the MTU, the pointer";
    EXPECT_EQ(got.flaws(), "");
  }
}

TEST_P(IcmpErrorCase, AQuotedUdpChecksumOfZeroStaysZero) {
  const View seen = from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{.checksum = 0} / text("asks")).view();
  const View got = from_wan(error_about(seen, kFar, kWanAddress, quote_of(seen, 8))).view();
  EXPECT_EQ(got.quoted().check, 0);
  EXPECT_EQ(got.flaws(), "");
}

TEST_P(IcmpErrorCase, NeitherEndsNorRefreshesTheFlow) {
  const View seen = from_lan(packet).view();
  age_flow(lab, kRoute, 50);
  const FlowRow before = find_flow(lab, kRoute).value();
  ASSERT_EQ(from_wan(error_about(seen, kFar, kWanAddress, quote_of(seen, 8))).what, "forwarded");
  const auto after = find_flow(lab, kRoute);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->flow.stamp, before.flow.stamp);
  EXPECT_EQ(after->flow.state, before.flow.state);
}

TEST_P(IcmpErrorCase, AboutNobodysPacketIsDropped) {
  const View seen = from_lan(packet).view();
  Bytes quote = quote_of(seen, 8);
  const auto changed = [&](size_t at, uint8_t value) {
    Bytes other = quote;
    other[at] = value;
    return from_wan(error_about(seen, kFar, kWanAddress, other)).what;
  };
  EXPECT_EQ(changed(21, 1), "dropped: ICMP_NO_FLOW") << "another source port";
  EXPECT_EQ(changed(19, 9), "dropped: ICMP_NO_FLOW") << "another destination";
  EXPECT_EQ(changed(9, kTcp), "dropped: ICMP_NO_FLOW") << "another protocol";
  EXPECT_EQ(changed(0, 0x65), "dropped: ICMP_NO_FLOW") << "no IPv4";
  quote.resize(27);
  EXPECT_EQ(from_wan(error_about(seen, kFar, kWanAddress, quote)).what, "dropped: ICMP_NO_FLOW")
      << "too little quoted";
}

// A router beyond says "packet too big" about the pieces of a datagram; the first of them tells whose it is.
TEST_P(IcmpErrorCase, AboutTheFirstPieceOfAnIpv6Datagram) {
  const auto pieces = fragment(build(Ip6{.src = kDmz6, .dst = kFar6} / Udp{} / Bytes(900, 7)), 40);
  const auto send = [&](const Bytes& piece) {
    return from(At::kDmz,
                Eth{.dst = lab.mac(At::kDmz), .src = neighbour_mac(At::kDmz, 2), .type = 0x86dd} / piece)
        .view();
  };
  const View first = send(pieces[0]), later = send(pieces[1]);
  const Icmp too_big{.type = 2, .info = 1280};
  const auto about = [&](const View& piece) {
    return from_wan(Ip6{.src = "2001:db8:f::9", .dst = kWanAddress6} / too_big / quote_of(piece, 1000));
  };
  const Outcome outcome = about(first);
  ASSERT_EQ(outcome.what, "forwarded");
  EXPECT_EQ(outcome.view().flaws(), "");
  EXPECT_EQ(outcome.view().dst, kDmz6);
  EXPECT_EQ(outcome.view().icmp_info, 1280u);
  EXPECT_EQ(outcome.view().quoted().route(), "[2001:db8:20::2]:40000 > [2001:db8:99::7]:53");
  EXPECT_EQ(about(later).what, "dropped: ICMP_NO_FLOW") << "it has no ports";
}

TEST_P(IcmpErrorCase, FromAnotherZoneIsDropped) {
  const View seen = from_lan(packet).view();
  EXPECT_EQ(from(At::kDmz, error_about(seen, kDmz, kWanAddress, quote_of(seen, 8))).what,
            "dropped: WRONG_ZONE");
}

// RFC 2827 holds for errors too: one from outside with an inside source would be believed inside.
TEST_P(IcmpErrorCase, WithAForgedSourceIsDropped) {
  const View seen = from_lan(packet).view();
  const Bytes quote = quote_of(seen, 8);
  EXPECT_EQ(from_wan(error_about(seen, kSecond, kWanAddress, quote)).what, "dropped: SPOOFED");
  EXPECT_EQ(from_wan(error_about(seen, kWanAddress, kWanAddress, quote)).what, "dropped: OWN_SOURCE");
  const View answer = from_wan(Ip6{.src = kFar6, .dst = kInside6} / Udp{}).view();
  EXPECT_EQ(from_lan(error_about(answer, "2001:db8:99::66", kFar6, quote_of(answer, 8))).what,
            "dropped: SPOOFED")
      << "nobody inside speaks for an outside address";
}

TEST_P(IcmpErrorCase, ToSomebodyElseThanTheSenderIsDropped) {
  const View seen = from_lan(packet).view();
  const Bytes quote = quote_of(seen, 8);
  EXPECT_EQ(from_wan(error_about(seen, kFar, kMailOutside, quote)).what, "dropped: ICMP_NO_FLOW");
  EXPECT_EQ(from_wan(error_about(seen, kFar, "224.0.0.1", quote)).what, "dropped: ICMP_NO_FLOW");
  EXPECT_EQ(
      from_wan(Eth{.dst = {255, 255, 255, 255, 255, 255}} / error_about(seen, kFar, kWanAddress, quote)).what,
      "dropped: LINK_BROADCAST");
}

TEST_P(IcmpErrorCase, AboutTheGatewaysOwnPacketsGoesToItsStack) {
  const Layers own = Ip4{.src = kWanAddress, .dst = kFar} / Udp{} / text("own");
  ASSERT_EQ(lab.leave(At::kWan, own).what, "from host");
  const View seen(lab.framed(At::kWan, own));
  EXPECT_EQ(from_wan(error_about(seen, kFar, kWanAddress, quote_of(seen, 8))).what, "to host");
}

TEST_P(IcmpErrorCase, WithATtlOfOneIsDroppedWithoutAnAnswer) {
  const View seen = from_lan(packet).view();
  const Layers error = Ip4{.src = kFar, .dst = kWanAddress, .ttl = 1} / Icmp{} / quote_of(seen, 8);
  EXPECT_EQ(from_wan(error).what, "dropped: TTL");
}

}   // namespace
}   // namespace sluice::test
