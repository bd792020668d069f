// SPDX-License-Identifier: GPL-2.0-or-later
// Headers that contradict themselves, addresses that nobody has, and what is strange but allowed.
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

class Malformed : public HookTest {
 protected:
  std::string lan(const Layers& layers) { return from_lan(layers).what; }
  const Ip4 ip{.src = kInside, .dst = kFar};
  const Ip6 ip6{.src = kInside6, .dst = kFar6};
};
ON_BOTH_HOOKS(Malformed);

TEST_P(Malformed, Ipv4HeaderLengths) {
  for (uint8_t words = 0; words < 5; ++words)
    EXPECT_EQ(lan(Ip4{.src = kInside, .dst = kFar, .ihl = words} / Udp{}), "dropped: BAD_HEADER")
        << int{words};
  EXPECT_EQ(lan(Ip4{.src = kInside, .dst = kFar, .ihl = 15} / Udp{}), "dropped: BAD_HEADER")
      << "past the packet";
  EXPECT_EQ(lan(Ip4{.src = kInside, .dst = kFar, .version = 6} / Udp{}), "dropped: BAD_HEADER");
}

TEST_P(Malformed, Ipv4TotalLengths) {
  for (const uint16_t length : {0, 1, 19})
    EXPECT_EQ(lan(Ip4{.src = kInside, .dst = kFar, .length = length} / Udp{}), "dropped: BAD_HEADER")
        << length;
  for (const uint16_t length : {20, 27})
    EXPECT_EQ(lan(Ip4{.src = kInside, .dst = kFar, .length = length} / Udp{}), "dropped: TOO_SHORT")
        << length;
  EXPECT_EQ(lan(Ip4{.src = kInside, .dst = kFar, .length = 0xffff} / Udp{}), "dropped: TOO_SHORT");
}

// What begins something has a right header; of a flow that stands it goes on as wrong as it is (RFC 1624),
// and the next hop drops it.
TEST_P(Malformed, Ipv4HeaderChecksums) {
  const Layers packets[] = {ip / Udp{},
                            Ip4{.src = kInside, .dst = kFar, .options = Bytes{1, 1, 1, 0}} / Udp{.sport = 7},
                            Ip4{.src = kInside, .dst = kLanAddress} / Echo{}};
  for (const Layers& packet : packets) {
    const Bytes good = lab.framed(At::kLan, packet);
    Bytes wrong = good;
    wrong[14 + 8] ^= 0x40;   // the time to live
    EXPECT_EQ(lab.arrive_bytes(GetParam(), At::kLan, wrong).what, "dropped: BAD_HEADER");
    EXPECT_TRUE(flow_rows(lab).empty());
    EXPECT_FALSE(lab.arrive_bytes(GetParam(), At::kLan, good).what.starts_with("dropped"));
    lab.forget();
  }
  Bytes established = lab.framed(At::kLan, packets[0]);
  ASSERT_EQ(lab.arrive_bytes(GetParam(), At::kLan, established).what, "forwarded");
  established[14 + 10] ^= 0x40;
  const Outcome seen = lab.arrive_bytes(GetParam(), At::kLan, established);
  EXPECT_EQ(seen.what, "forwarded");
  EXPECT_NE(seen.view().flaws(), "");
  established[14 + 8] = 1;
  EXPECT_EQ(lab.arrive_bytes(GetParam(), At::kLan, established).what, "dropped: BAD_HEADER") << "no answer";
}

// Ethernet pads short frames: what stands behind the packet is not the packet's.
TEST_P(Malformed, BytesBehindThePacketAreNotItsOwn) {
  const Outcome outcome = from_lan(Ip4{.src = kInside, .dst = kFar, .length = 32} / Udp{.length = 12} /
                                   text("1234padding of the link"));
  EXPECT_EQ(outcome.what, "forwarded");
  EXPECT_EQ(outcome.bytes, 32u);
}

TEST_P(Malformed, Ipv6Lengths) {
  EXPECT_EQ(lan(Ip6{.src = kInside6, .dst = kFar6, .length = 0xffff} / Udp{}), "dropped: TOO_SHORT");
  EXPECT_EQ(lan(Ip6{.src = kInside6, .dst = kFar6, .length = 0} / Udp{}), "dropped: TOO_SHORT");
  EXPECT_EQ(lan(Ip6{.src = kInside6, .dst = kFar6, .length = 7} / Udp{}), "dropped: TOO_SHORT");
  EXPECT_EQ(lan(Ip6{.src = kInside6, .dst = kFar6, .version = 4} / Udp{}), "dropped: BAD_HEADER");
}

TEST_P(Malformed, EachIpv6ExtensionHeaderIsFollowed) {
  for (const uint8_t kind : {kHopByHop, kRouting, kDestination})
    EXPECT_EQ(lan(ip6 / Extension{.kind = kind} / Udp{}), "forwarded") << int{kind};
  EXPECT_EQ(lan(ip6 / Extension{.kind = kAh, .body = Bytes(22)} / Udp{}), "forwarded")
      << "AH counts in words";
  EXPECT_EQ(lan(ip6 / Fragment6{} / Udp{}), "forwarded") << "a fragment that is everything";
  EXPECT_EQ(lan(ip6 / Extension{.kind = kHopByHop, .body = Bytes(62)} / Udp{}), "forwarded");
  EXPECT_EQ(lan(Layers{ip6}), "forwarded") << "no next header is a protocol too";
  EXPECT_EQ(flow_rows(lab).size(), 4u) << "all of the UDP ones are one flow";
}

TEST_P(Malformed, SixExtensionHeadersAndNoMore) {
  Layers packet{ip6};
  for (int i = 0; i < 6; ++i) packet = packet / Extension{};
  EXPECT_EQ(lan(packet / Udp{}), "forwarded");
  EXPECT_EQ(lan(packet / Extension{} / Udp{}), "dropped: TOO_MANY_EXTENSIONS");
}

TEST_P(Malformed, ExtensionHeadersThatReachPastThePacket) {
  for (const uint8_t units : {1, 2, 31, 255}) {
    const std::string what = lan(ip6 / Extension{.units = units} / Udp{});
    EXPECT_TRUE(what == "dropped: BAD_HEADER" || what == "dropped: TOO_SHORT") << int{units} << ": " << what;
  }
}

TEST_P(Malformed, TransportLengths) {
  EXPECT_EQ(lan(ip / Tcp{.data_offset = 4}), "dropped: BAD_HEADER");
  EXPECT_EQ(lan(ip / Tcp{.data_offset = 6}), "dropped: BAD_HEADER") << "options past the packet";
  EXPECT_EQ(lan(ip / Udp{.length = 7}), "dropped: BAD_HEADER");
  EXPECT_EQ(lan(ip / Udp{.length = 9}), "dropped: BAD_HEADER") << "more than the packet holds";
  EXPECT_EQ(lan(ip / UdpLite{.coverage = 7}), "dropped: BAD_HEADER");
  EXPECT_EQ(lan(ip / UdpLite{.coverage = 9}), "dropped: BAD_HEADER");
  EXPECT_EQ(lan(ip6 / Udp{.length = 0}), "dropped: BAD_HEADER");
}

TEST_P(Malformed, AddressesThatNobodyHas) {
  for (const char* source : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"})
    EXPECT_EQ(lan(Ip4{.src = source, .dst = kFar} / Udp{}), "dropped: BAD_ADDRESS") << source;
  for (const char* destination : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "240.0.0.1"})
    EXPECT_EQ(lan(Ip4{.src = kInside, .dst = destination} / Udp{}), "dropped: BAD_ADDRESS") << destination;
  for (const char* source : {"::", "::1", "ff02::1", "::c0a8:a02"})
    EXPECT_EQ(lan(Ip6{.src = source, .dst = kFar6} / Udp{}), "dropped: BAD_ADDRESS") << source;
  for (const char* destination : {"::", "::1"})
    EXPECT_EQ(lan(Ip6{.src = kInside6, .dst = destination} / Udp{}), "dropped: BAD_ADDRESS") << destination;
}

// RFC 4291 section 2.5.6, RFC 3927 section 2.7: routers forward no packet from or to a link-local address.
TEST_P(Malformed, LinkLocalAddressesStayOnTheirLink) {
  EXPECT_TRUE(lan(Ip6{.src = "fe80::2", .dst = kFar6} / Udp{}).starts_with("dropped")) << "source";
  EXPECT_TRUE(lan(Ip6{.src = kInside6, .dst = "fe80::9"} / Udp{}).starts_with("dropped")) << "destination";
  EXPECT_FALSE(lan(Ip4{.src = "169.254.1.1", .dst = kFar} / Udp{}) == "forwarded");
  EXPECT_TRUE(flow_rows(lab).empty());
}

TEST_P(Malformed, MulticastEndsHere) {
  EXPECT_EQ(lan(Ip4{.src = kInside, .dst = "239.1.2.3"} / Udp{.dport = 53}), "to host")
      << "the policy to host";
  EXPECT_EQ(from_wan(Ip4{.src = kOutside, .dst = "239.1.2.3"} / Udp{.dport = 53}).what, "dropped: POLICY");
  EXPECT_EQ(lan(Ip4{.src = "0.0.0.0", .dst = "255.255.255.255"} / Udp{.sport = 68, .dport = 53}), "to host");
  EXPECT_EQ(lan(Ip6{.src = kInside6, .dst = "ff05::2"} / Udp{.dport = 53}), "to host");
  EXPECT_TRUE(flow_rows(lab).empty()) << "answers come from other addresses";
}

TEST_P(Malformed, LinkUpkeepGoesToTheKernel) {
  EXPECT_EQ(lan(Ip6{.src = kInside6, .dst = kLanAddress6, .ttl = 255} / Icmp{.type = 135} / Bytes(16)),
            "to host");
  EXPECT_NE(lan(Ip6{.src = kInside6, .dst = kLanAddress6, .ttl = 64} / Icmp{.type = 135} / Bytes(16)),
            "forwarded")
      << "was forwarded by somebody";
  EXPECT_EQ(lan(Ip6{.src = "::", .dst = "ff02::1:ff00:1", .ttl = 255} / Icmp{.type = 135} / Bytes(16)),
            "to host");
  EXPECT_EQ(lan(Ip4{.src = kInside, .dst = "224.0.0.22", .ttl = 1, .protocol = kIgmp} / Bytes(8)), "to host");
  EXPECT_EQ(from_wan(Ip6{.src = kFar6, .dst = "ff05::2", .next = kIgmp} / Bytes(8)).what, "dropped: POLICY")
      << "IPv6 has no IGMP";
}

TEST_P(Malformed, WhatIsNotIpOrNotForUsIsLeftAlone) {
  EXPECT_EQ(lan(Eth{.dst = lab.mac(At::kLan), .type = 0x0806} / Bytes(46)), "ignored") << "ARP";
  EXPECT_EQ(lan(Eth{.dst = {2, 9, 9, 9, 9, 9}} / (ip / Udp{})), "ignored") << "sent to another machine";
}

TEST_P(Malformed, TcpFlagsThatOpenNothing) {
  for (const int flags :
       {0, 0 | kFin, 0 | kRst, 0 | kAck, kSyn | kAck, kSyn | kFin, kSyn | kRst, kFin | kAck, 0x29})
    EXPECT_EQ(lan(ip / Tcp{.flags = static_cast<uint8_t>(flags)}), "dropped: NO_FLOW") << flags;
  EXPECT_EQ(lan(ip / Tcp{.flags = kSyn | 0xc0}), "forwarded") << "ECN setup (RFC 3168)";
}

}   // namespace
}   // namespace sluice::test
