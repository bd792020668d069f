// SPDX-License-Identifier: GPL-2.0-or-later
// VXLAN at XDP: `dmz` is the tunnel, its other end is the neighbour 9 of `wan`. Outer packets that the
// program made are read by code that shares nothing with it, checksums included.
#include "tunnels.hpp"

namespace sluice::test {
namespace {

const Layers kFromSite = Ip4{.src = kDmz, .dst = kFar} / Udp{.sport = 1111, .dport = 53} / text("question");
const Layers kToSite = Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 53, .dport = 1111};

class Tunnels : public TunnelTest, public testing::WithParamInterface<int> {
 protected:
  Tunnels() { use_tunnel(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Outer, Tunnels, testing::Values(4, 6),
                         [](const auto& info) { return "ipv" + std::to_string(info.param); });

TEST_P(Tunnels, AreOpenedAndMade) {
  const Outcome out = wrapped(kFromSite);
  ASSERT_EQ(out.what, "forwarded");
  EXPECT_FALSE(out.handed_on);
  EXPECT_EQ(out.view().flaws(), "");
  EXPECT_EQ(out.view().src, kWanAddress);
  EXPECT_EQ(out.view().src_mac, lab.mac(At::kWan));
  const Outcome back = from_wan(kToSite / text("answer"));
  ASSERT_EQ(back.what, "forwarded");
  ASSERT_FALSE(back.handed_on);
  const View outer = back.view();
  EXPECT_EQ(outer.flaws(), "") << "lengths and checksums of the outer headers";
  EXPECT_EQ(outer.src + " > " + outer.dst, local() + " > " + remote());
  EXPECT_EQ(outer.dst_mac, neighbour_mac(At::kWan, 9));
  EXPECT_EQ(outer.dport, 4789);
  EXPECT_GE(outer.sport, 49152);
  EXPECT_EQ(outer.ttl, 64);
  const View inside = inside_of(back);
  EXPECT_EQ(inside.flaws(), "");
  EXPECT_EQ(inside.dst, kDmz);
  EXPECT_EQ(inside.dst_mac, neighbour_mac(At::kDmz, 2));
  EXPECT_EQ(inside.src_mac, lab.mac(At::kDmz));
  EXPECT_EQ(inside.payload(), text("answer"));
}

// The sum of the whole is told by the checksum inside, whatever its length and what it says.
TEST_P(Tunnels, SumUpWhatTheyCarry) {
  for (size_t size = 0; size < 40; ++size) {
    const Bytes payload(size, static_cast<uint8_t>(7 * size + 1));
    ASSERT_EQ(wrapped(kFromSite).what, "forwarded");
    ASSERT_EQ(from_wan(kToSite / payload).view().flaws(), "") << size;
    ASSERT_EQ(wrapped(Ip4{.src = kDmz, .dst = kFar} / Tcp{.sport = 2000}).what, "forwarded");
    const Outcome tcp =
        from_wan(Ip4{.src = kFar, .dst = kWanAddress} /
                 Tcp{.sport = 80, .dport = 2000, .ack = 1001, .flags = kSyn | kAck} / payload);
    ASSERT_EQ(tcp.view().flaws(), "") << size;
    ASSERT_EQ(inside_of(tcp).flaws(), "");
  }
}

TEST_P(Tunnels, CarryPings) {
  ASSERT_EQ(wrapped(Ip4{.src = kDmz, .dst = kFar} / Echo{.id = 77} / text("ping")).what, "forwarded");
  const Outcome back =
      from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Echo{.reply = true, .id = 77} / text("pong"));
  EXPECT_FALSE(back.handed_on);
  EXPECT_EQ(back.view().flaws(), "");
  EXPECT_EQ(inside_of(back).flaws(), "");
}

TEST_P(Tunnels, CarryIpv6) {
  const Layers asked[] = {Ip6{.src = kDmz6, .dst = kFar6} / Udp{.sport = 1111, .dport = 53} / text("odd"),
                          Ip6{.src = kDmz6, .dst = kFar6} / Tcp{.sport = 1112},
                          Ip6{.src = kDmz6, .dst = kFar6} / Echo{.id = 5}};
  for (const Layers& packet : asked) {
    const Outcome out = wrapped(packet);
    ASSERT_EQ(out.what, "forwarded");
    const View seen = out.view();
    const Ip6 ip{.src = kFar6, .dst = seen.src, .traffic_class = 2};
    const Layers back =
        seen.protocol == kUdp ? ip / Udp{.sport = seen.dport, .dport = seen.sport} / text("four")
        : seen.protocol == kTcp
            ? ip / Tcp{.sport = seen.dport, .dport = seen.sport, .ack = 1001, .flags = kSyn | kAck}
            : ip / Echo{.reply = true, .id = seen.icmp_id};
    const Outcome answer = from_wan(back);
    ASSERT_EQ(answer.what, "forwarded");
    EXPECT_FALSE(answer.handed_on);
    EXPECT_EQ(answer.view().flaws(), "");
    EXPECT_EQ(inside_of(answer).flaws(), "");
    EXPECT_EQ(inside_of(answer).dst, kDmz6);
  }
}

TEST_P(Tunnels, AreInTheirVrfAndTheirOuterPacketsInTheMainOne) {
  use_tunnel(GetParam(), {.in_vrf = true});
  const Outcome out = wrapped(kFromSite);
  ASSERT_EQ(out.what, "forwarded");
  EXPECT_FALSE(out.handed_on);
  EXPECT_EQ(out.view().src, kWanAddress);
  const Outcome back = from_wan(kToSite);
  ASSERT_EQ(back.what, "forwarded");
  EXPECT_FALSE(back.handed_on);
  EXPECT_EQ(back.view().dst, remote());
  EXPECT_EQ(inside_of(back).dst, kDmz);
  EXPECT_EQ(wrapped(Ip4{.src = kDmz, .dst = kInside} / Udp{}).what, "dropped: POLICY");
}

TEST_P(Tunnels, GoOnFromOneToTheNextByTheFlow) {
  ASSERT_EQ(wrapped(kFromSite).what, "forwarded");
  ASSERT_EQ(wrapped(Ip4{.src = kDmz, .dst = kFar} / Udp{.sport = 1112, .dport = 53}).what, "forwarded");
  const auto port = [&](uint16_t dport) {
    return from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 53, .dport = dport}).view().sport;
  };
  EXPECT_EQ(port(1111), port(1111)) << "one flow, one way";
  EXPECT_NE(port(1111), port(1112)) << "another flow may take another";
}

TEST_P(Tunnels, OfOthersAreNotOpened) {
  const Bytes inside = lab.framed(At::kDmz, kFromSite);
  struct Wrong {
    const char* what;
    Outer outer;
  };
  Outer stranger, vni, port, flags, reserved, elsewhere;
  stranger.src = GetParam() == 4 ? kFar : kFar6;
  vni.vni = 7008;
  port.port = 4790;
  flags.flags = 0x0c;
  reserved.last = 1;
  elsewhere.dst = GetParam() == 4 ? kLanAddress : kLanAddress6;
  for (const auto& [what, outer] :
       {Wrong{"a stranger", stranger}, Wrong{"another VNI", vni}, Wrong{"another port", port},
        Wrong{"a flag that is not known", flags}, Wrong{"a reserved byte", reserved},
        Wrong{"another address of the gateway", elsewhere}}) {
    const Outcome seen = arrive(inside, outer);
    EXPECT_TRUE(seen.handed_on || seen.what.starts_with("dropped")) << what << ": " << seen.what;
    EXPECT_NE(seen.what, "forwarded") << what;
  }
  EXPECT_EQ(arrive(inside, {}).what, "forwarded") << "and this one is";
}

TEST_P(Tunnels, ComeFromWhereTheWayToTheRemoteLeads) {
  EXPECT_EQ(
      lab.arrive_bytes(Hook::kXdp, At::kLan, framed_outer(lab.framed(At::kDmz, kFromSite), {}, At::kLan))
          .what,
      "dropped: SPOOFED");
}

TEST_P(Tunnels, ToEverybodyOrForTheKernelAreHandedOn) {
  const Mac host = neighbour_mac(At::kDmz, 2), own = lab.mac(At::kDmz);
  const Bytes broadcast = build(Eth{.dst = {255, 255, 255, 255, 255, 255}, .src = host} / kFromSite);
  const Bytes another = build(Eth{.dst = neighbour_mac(At::kDmz, 77), .src = host} / kFromSite);
  const Bytes arp = build(Eth{.dst = own, .src = host, .type = 0x0806} / Bytes(46));
  const Bytes tagged = build(Eth{.dst = own, .src = host, .type = 0x8100} / Bytes(46));
  const Bytes to_gateway =
      build(Eth{.dst = own, .src = host} / Layers(Ip4{.src = kDmz, .dst = "172.20.1.1"} / Echo{}));
  for (const Bytes& frame : {broadcast, another, arp, tagged}) {
    const Outcome seen = arrive(frame, {});
    EXPECT_TRUE(seen.handed_on);
    EXPECT_EQ(seen.what, "to host");
  }
  EXPECT_NE(arrive(to_gateway, {}).what, "forwarded");
}

TEST_P(Tunnels, CutAtAnyByteLeaveNothing) {
  const Bytes whole = framed_outer(lab.framed(At::kDmz, kFromSite), {});
  for (size_t size = whole.size() - 1; size >= 60; --size) {
    const Outcome seen =
        lab.arrive_bytes(Hook::kXdp, At::kWan, Bytes(whole.begin(), whole.begin() + static_cast<long>(size)));
    ASSERT_TRUE(seen.what.starts_with("dropped")) << size << ": " << seen.what;
  }
  // the packet inside says more than the outer one carries
  const Bytes inside = lab.framed(At::kDmz, kFromSite);
  for (size_t size = inside.size() - 1; size > 0; --size) {
    const Outcome seen = arrive(Bytes(inside.begin(), inside.begin() + static_cast<long>(size)), {});
    ASSERT_NE(seen.what, "forwarded") << size;
  }
  Bytes padded = whole;
  padded.insert(padded.end(), 20, 0xee);   // behind the outer packet, where a link may have padded it
  ASSERT_EQ(lab.arrive_bytes(Hook::kXdp, At::kWan, padded).what, "forwarded");
}

// Each would be half open for ever: the answer to it comes from another port.
TEST_P(Tunnels, OuterPacketsNeedNoFlow) {
  know(neighbour_mac(At::kDmz, 77));   // the kernel is shown all of them
  for (uint16_t port = 50000; port < 50100; ++port) {
    const Bytes frame = framed_outer(lab.framed(At::kDmz, kFromSite), {.from = port});
    EXPECT_EQ(lab.arrive_bytes(Hook::kXdp, At::kWan, frame).what, "to host");
    EXPECT_EQ(lab.arrive_bytes(Hook::kTcIngress, At::kWan, frame).what, "to host");
    EXPECT_EQ(lab.leave(At::kWan, own_outer(port)).what, "from host");
  }
  EXPECT_TRUE(flow_rows(lab).empty());
}

TEST_P(Tunnels, OuterPacketsOfOthersNeedAPolicyAndAFlow) {
  EXPECT_EQ(lab.leave(At::kWan, own_outer(50000, 7008)).what, "from host")
      << "by the document's own policies";
  EXPECT_EQ(flow_rows(lab).size(), 2u);
  const Bytes frame = framed_outer(lab.framed(At::kDmz, kFromSite), {.vni = 7008});
  EXPECT_EQ(lab.arrive_bytes(Hook::kTcIngress, At::kWan, frame).what, "to host")
      << "the remote may send anything";
  EXPECT_EQ(flow_rows(lab).size(), 4u);
}

// The kernel would not: it sees them as they came, and drops them.
TEST_P(Tunnels, WithAWrongOuterChecksumAreNotOpened) {
  const Layers inside[] = {kFromSite, Ip4{.src = kDmz, .dst = kFar} / Tcp{.sport = 2000},
                           Ip4{.src = kDmz, .dst = kFar} / Echo{.id = 77} / text("ping"),
                           Ip6{.src = kDmz6, .dst = kFar6} / Udp{.sport = 1111, .dport = 53} / text("odd"),
                           Ip6{.src = kDmz6, .dst = kFar6} / Tcp{.sport = 1112}};
  for (const Layers& packet : inside) {
    Bytes frame = framed_outer(lab.framed(At::kDmz, packet), {});
    EXPECT_EQ(lab.arrive_bytes(Hook::kXdp, At::kWan, frame).what, "forwarded");
    const size_t check = 14 + (GetParam() == 4 ? 20 : 40) + 6;
    for (const uint8_t change : {0x01, 0x80}) {
      Bytes wrong = frame;
      wrong[check] ^= change;
      const Outcome seen = lab.arrive_bytes(Hook::kXdp, At::kWan, wrong);
      EXPECT_TRUE(seen.handed_on);
      EXPECT_EQ(seen.what, "to host") << "where the kernel looks at it";
    }
  }
  Bytes padded = lab.framed(At::kDmz, kFromSite);
  padded.insert(padded.end(), 7, 0);
  EXPECT_EQ(arrive(padded, {}).what, "forwarded");
  const Outcome fragment =
      wrapped(Ip4{.src = kDmz, .dst = kFar, .more = true} / Udp{.sport = 1111, .dport = 53} / Bytes(64));
  EXPECT_TRUE(fragment.handed_on) << "what does not tell its sum";
}

TEST_P(Tunnels, WithoutAnOuterChecksumAreOpenedOverIpv4) {
  const Outcome seen = wrapped(kFromSite, {.checksum = uint16_t{0}});
  EXPECT_EQ(seen.what, GetParam() == 4 ? "forwarded" : "to host");
}

TEST_P(Tunnels, WithAWrongOuterHeaderAreNotOpened) {
  if (GetParam() == 6) return;   // has no checksum of its own
  Bytes frame = framed_outer(lab.framed(At::kDmz, kFromSite), {});
  frame[14 + 10] ^= 1;
  EXPECT_TRUE(lab.arrive_bytes(Hook::kXdp, At::kWan, frame).handed_on);
}

// Masqueraded it would leave by the tunnel's own address. In IPv6 this lab hides nobody.
TEST_P(Tunnels, AreMadeByNobodyElse) {
  if (GetParam() == 6) return;
  const std::string site = remote();
  const auto asks = [&](uint16_t port) {
    return from_lan(Ip4{.src = kInside, .dst = site} / Udp{.sport = 4000, .dport = port}).what;
  };
  EXPECT_EQ(asks(4789), "dropped: INTO_TUNNEL");
  EXPECT_EQ(asks(4790), "forwarded");
}

TEST_P(Tunnels, InATunnelAreOpenedOnce) {
  const Bytes nested = framed_outer(lab.framed(At::kDmz, kFromSite), {});
  const Bytes ip(nested.begin() + 14, nested.end());
  const Bytes frame = build(Eth{.dst = lab.mac(At::kDmz),
                                .src = neighbour_mac(At::kDmz, 2),
                                .type = static_cast<uint16_t>(GetParam() == 4 ? 0x0800 : 0x86dd)} /
                            Layers{Layer(ip)});
  const Outcome seen = arrive(frame, {});
  EXPECT_NE(seen.what, "forwarded") << "the second one comes from the tunnel, where no remote is";
}

}   // namespace
}   // namespace sluice::test
