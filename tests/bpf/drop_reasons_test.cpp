// SPDX-License-Identifier: GPL-2.0-or-later
// Every drop reason, reached by a packet. That each is counted once is checked with every packet (send.cpp).
#include <map>

#include "drop_reason.hpp"
#include "maps/fragment.h"
#include "support/fill.hpp"

namespace sluice::test {
namespace {

const std::map<uint32_t, const char*> kUnreachable = {
    {SL_DROP_FLOW_ENDED, "an ended flow's packet is judged like a first one; ended on its way: ReusedRow"},
    {SL_DROP_VLAN, "no test run lays a tag beside a packet; XDP: vlans_test.cpp"},
    {SL_DROP_MAC_LIMIT, "nftables drops it at the bridge: kernel_mac_limits_test.cpp"},
    {SL_DROP_MAC_SPOOFED, "this lab has no pod: tests/net/test_pods.py"},
    {SL_DROP_INTO_TUNNEL, "this lab has no tunnel: tunnels_test.cpp"},
};

TEST(DropReasons, EachIsReachedHereOrSaidToBeUnreachable) {
  const auto* suite = [] {
    const testing::UnitTest& all = *testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i)
      if (std::string(all.GetTestSuite(i)->name()) == "Hooks/DropReason") return all.GetTestSuite(i);
    return static_cast<const testing::TestSuite*>(nullptr);
  }();
  ASSERT_TRUE(suite);
  std::set<std::string> tested;
  for (int i = 0; i < suite->total_test_count(); ++i) {
    const std::string name = suite->GetTestInfo(i)->name();
    tested.insert(name.substr(0, name.find('/')));
  }
#define X(number, symbol, stage, sentence) \
  EXPECT_NE(tested.contains(#symbol), kUnreachable.contains(number)) << #symbol;
  SL_DROP_REASONS(X)
#undef X
}

TEST_P(DropReason, TOO_SHORT) {
  Bytes frame = lab.framed(At::kLan, out / Udp{} / text("some bytes"));
  frame.resize(frame.size() - 1);
  EXPECT_EQ(what_of_bytes(At::kLan, frame), "dropped: TOO_SHORT");
}

TEST_P(DropReason, BAD_CHECKSUM) {
  Bytes frame = lab.framed(At::kWan, in / Icmp{} / build(Ip4{.src = kWanAddress, .dst = kFar} / Udp{}));
  frame.back() ^= 1;
  EXPECT_EQ(what_of_bytes(At::kWan, frame), "dropped: BAD_CHECKSUM");
}

TEST_P(DropReason, BAD_HEADER) {
  EXPECT_EQ(what(At::kLan, Ip4{.src = kInside, .dst = kFar, .ihl = 4} / Udp{}), "dropped: BAD_HEADER");
}

TEST_P(DropReason, TOO_MANY_EXTENSIONS) {
  Layers packet{Ip6{.src = kInside6, .dst = kFar6}};
  for (int i = 0; i < 7; ++i) packet = packet / Extension{};
  EXPECT_EQ(what(At::kLan, packet / Udp{}), "dropped: TOO_MANY_EXTENSIONS");
}

TEST_P(DropReason, ZERO_PORT) {
  EXPECT_EQ(what(At::kLan, out / Udp{.sport = 0}), "dropped: ZERO_PORT");
  EXPECT_EQ(what(At::kLan, out / Tcp{.dport = 0}), "dropped: ZERO_PORT");
  EXPECT_EQ(what(At::kLan, out / Sctp{.dport = 0}), "dropped: ZERO_PORT");
}

TEST_P(DropReason, BAD_ADDRESS) {
  EXPECT_EQ(what(At::kLan, Ip4{.src = "127.0.0.1", .dst = kFar} / Udp{}), "dropped: BAD_ADDRESS");
}

TEST_P(DropReason, OWN_SOURCE) {
  EXPECT_EQ(what(At::kWan, Ip4{.src = kWanAddress, .dst = kMailOutside} / Udp{}), "dropped: OWN_SOURCE");
  EXPECT_EQ(what(At::kLan, Ip4{.src = kLanAddress, .dst = kFar} / Udp{}), "dropped: OWN_SOURCE");
}

TEST_P(DropReason, SPOOFED) {
  EXPECT_EQ(what(At::kLan, Ip4{.src = kFar, .dst = kFar} / Udp{}), "dropped: SPOOFED")
      << "a foreign source inside";
  EXPECT_EQ(what(At::kWan, Ip4{.src = kInside, .dst = kWanAddress} / Udp{}), "dropped: SPOOFED");
  EXPECT_EQ(what(At::kWan, Ip6{.src = kInside6, .dst = kInside6} / Udp{}), "dropped: SPOOFED");
}

TEST_P(DropReason, BOGON) {
  lab.apply(home_document_saying("internet", R"("bogons": "drop")"));
  EXPECT_EQ(what(At::kWan, Ip4{.src = kFar, .dst = kWanAddress} / Udp{.dport = 53}), "dropped: BOGON");
}

TEST_P(DropReason, OVER_LIMIT) {
  Rules rules = home_rules();
  rules.more = R"(, "limits": [ { "name": "slow", "from": "lan", "rate": "1pps" } ])";
  use(rules);
  ASSERT_EQ(what(At::kLan, out / Udp{}), "forwarded");
  EXPECT_EQ(what(At::kLan, out / Udp{}), "dropped: OVER_LIMIT");
}

TEST_P(DropReason, LINK_BROADCAST) {
  EXPECT_EQ(what(At::kLan, Eth{.dst = {255, 255, 255, 255, 255, 255}} / (out / Udp{})),
            "dropped: LINK_BROADCAST");
}

TEST_P(DropReason, NOT_READY) {
  EXPECT_EQ(what(At::kForeign, out / Udp{}), "dropped: NOT_READY") << "a device that the document lacks";
}

// Of a multicast, which nobody waits for; others are counted when they have waited (frag_queue_test.cpp).
TEST_P(DropReason, FRAGMENT) {
  EXPECT_EQ(
      what(At::kLan, Ip4{.src = kInside, .dst = "224.0.0.5", .df = false, .offset = 10, .protocol = kUdp} /
                         text("rest")),
      "dropped: FRAGMENT");
}

TEST_P(DropReason, OVERLAP) {
  const Bytes body(24);
  ASSERT_EQ(what(At::kLan, Ip4{.src = kInside, .dst = kFar, .df = false, .more = true} / Udp{} / body),
            "forwarded");
  EXPECT_EQ(
      what(At::kLan, Ip4{.src = kInside, .dst = kFar, .df = false, .offset = 2, .protocol = kUdp} / body),
      "dropped: OVERLAP");
}

TEST_P(DropReason, FRAGMENTS_FULL) {
  const auto later = [&](uint16_t id) {
    return Ip4{.src = kInside, .dst = kFar, .id = id, .df = false, .offset = 10, .protocol = kUdp} /
           text("rest");
  };
  for (uint16_t id = 1; id <= SL_FRAG_QUEUE_PLACES; ++id) ASSERT_EQ(what(At::kLan, later(id)), "put off");
  EXPECT_EQ(what(At::kLan, later(0)), "dropped: FRAGMENTS_FULL");
}

TEST_P(DropReason, NO_FLOW) {
  EXPECT_EQ(what(At::kLan, out / Tcp{.flags = kAck}), "dropped: NO_FLOW");
  EXPECT_EQ(what(At::kLan, out / Echo{.reply = true}), "dropped: NO_FLOW")
      << "an answer that nobody asked for";
}

TEST_P(DropReason, ICMP_NO_FLOW) {
  const Bytes quote = build(Ip4{.src = kWanAddress, .dst = kFar} / Udp{} / text("never sent"));
  EXPECT_EQ(what(At::kWan, in / Icmp{} / quote), "dropped: ICMP_NO_FLOW");
}

TEST_P(DropReason, ICMP_TYPE) {
  EXPECT_EQ(what(At::kLan, out / Icmp{.type = 17}), "dropped: ICMP_TYPE") << "a question about the mask";
}

TEST_P(DropReason, CONTROL) {
  EXPECT_EQ(what(At::kLan, out / Icmp{.type = 5, .code = 1}), "dropped: CONTROL") << "a redirect across";
}

TEST_P(DropReason, WRONG_ZONE) {
  ASSERT_EQ(what(At::kLan, out / Udp{}), "forwarded");
  EXPECT_EQ(what(At::kDmz, out / Udp{}), "dropped: WRONG_ZONE");
}

// The gateway's own connection has the outside endpoint of a static mapping.
TEST_P(DropReason, FLOW_CONFLICT) {
  ASSERT_EQ(lab.leave(At::kWan, Ip4{.src = kMailOutside, .dst = kFar} / Udp{}).what, "from host");
  EXPECT_EQ(what(At::kLan, Ip4{.src = kMail, .dst = kFar} / Udp{}), "dropped: FLOW_CONFLICT");
}

TEST_P(DropReason, POLICY) {
  EXPECT_EQ(what(At::kLan, Ip4{.src = kInside, .dst = "198.51.100.66"} / Udp{}), "dropped: POLICY");
  EXPECT_EQ(what(At::kWan, in / Tcp{.dport = 22}), "dropped: POLICY") << "nothing says that it may";
}

TEST_P(DropReason, REJECT) {
  EXPECT_EQ(what(At::kLan, Ip4{.src = kInside, .dst = kDmz} / Tcp{.dport = 22}), "answered: REJECT");
}

TEST_P(DropReason, FORWARD_SOURCE) {
  EXPECT_EQ(what(At::kWan, Ip4{.src = kOutside, .dst = kWanAddress} / Tcp{.dport = 8443}),
            "dropped: FORWARD_SOURCE");
}

TEST_P(DropReason, INSIDE_ADDRESS) {
  EXPECT_EQ(what(At::kWan, Ip4{.src = kFar, .dst = kInside} / Tcp{.dport = 8080}), "dropped: INSIDE_ADDRESS");
  EXPECT_EQ(what(At::kWan, Ip4{.src = kFar, .dst = kLanAddress} / Echo{}), "dropped: INSIDE_ADDRESS");
}

TEST_P(DropReason, OTHER_VRF) {
  lab.apply(office_document(R"({ "to": "0.0.0.0/0", "through": "main" })"));
  EXPECT_EQ(what(At::kDmz, Ip4{.src = kDmz, .dst = kWanAddress} / Echo{}), "dropped: OTHER_VRF");
}

TEST_P(DropReason, NO_ROUTE) {
  EXPECT_EQ(what(At::kLan, Ip4{.src = kInside, .dst = "192.0.2.1"} / Udp{}), "answered: NO_ROUTE");
}

TEST_P(DropReason, NO_ZONE) {
  EXPECT_EQ(what(At::kLan, Ip4{.src = kInside, .dst = "198.19.0.1"} / Udp{}), "dropped: NO_ZONE");
}

TEST_P(DropReason, TTL) {
  EXPECT_EQ(what(At::kLan, Ip4{.src = kInside, .dst = kFar, .ttl = 1} / Udp{}), "answered: TTL");
}

TEST_P(DropReason, TOO_BIG) {
  const Bytes body(1600);
  EXPECT_EQ(what(At::kLan, out / Udp{} / body), "answered: TOO_BIG");
}

TEST_P(DropReason, INSIDE_SOURCE) {
  EXPECT_EQ(lab.leave(At::kWan, Ip4{.src = kLanAddress, .dst = kFar} / Icmp{}).what,
            "dropped: INSIDE_SOURCE");
}

TEST_P(DropReason, PAST_SLUICE) {
  const Metadata beside{.came_in = At::kLan, .was_received = true};
  EXPECT_EQ(lab.leave(At::kWan, Ip4{.src = kWanAddress, .dst = kFar} / Udp{}, beside).what,
            "dropped: PAST_SLUICE");
}

TEST_P(DropReason, FILTERED) {
  ASSERT_EQ(what(At::kLan, out / Udp{.sport = 4444}), "forwarded");
  EXPECT_EQ(what(At::kWan, in / Udp{.sport = 54, .dport = 4444}), "dropped: FILTERED");
}

TEST_P(DropReason, NOT_LED) {
  sl_handover& here = lab.tables().config->handover;
  here.role = SL_HANDOVER_FOLLOWS;
  EXPECT_EQ(what(At::kLan, out / Udp{}), "dropped: NOT_LED") << "nobody knows who leads";
  here = {};
}

// In XDP the device may be gone from the table of those that take frames.
TEST_P(DropReason, INTERNAL) {
  ASSERT_EQ(what(At::kLan, out / Udp{}), "forwarded");
  if (GetParam() != Hook::kXdp) GTEST_SKIP() << "tc asks no helper that a test run could make fail";
  const uint32_t wan = lab.index(At::kWan);
  ASSERT_TRUE(lab.tables().tx_ports.remove(wan));
  EXPECT_EQ(what(At::kLan, out / Udp{}), "dropped: INTERNAL");
  ASSERT_TRUE(lab.tables().tx_ports.put(wan, wan));
}

ON_BOTH_HOOKS(DropReason);

}   // namespace
}   // namespace sluice::test
