// SPDX-License-Identifier: GPL-2.0-or-later
// What goes to the node of a cluster that begins flows, and what that one takes (maps/handover.h). The nodes'
// link is that of the dmz, and its neighbour there leads.
#include "maps/handover.h"

#include <arpa/inet.h>

#include <algorithm>

#include "compile/common/rows.hpp"
#include "support/bpf_test.hpp"
#include "support/put_back.hpp"
#include "tcp_flow.hpp"

namespace sluice::test {
namespace {

constexpr uint8_t kNumber = 7;
constexpr Mac kFromLan{SL_HANDOVER_MAC0, SL_HANDOVER_MAC1, SL_HANDOVER_MAC2, 0xab, 0xcd, kNumber};

class HandOver : public HookTest {
 protected:
  ~HandOver() override {
    for (const auto& [key, row] : rows_) EXPECT_TRUE(lab.tables().interfaces.put(key, row));
    lab.tables().config->handover = {};
  }

  void be(sl_handover_role role) {
    edit(At::kLan, [](sl_interface& row) { row.number = kNumber; });
    edit(At::kDmz, [](sl_interface& row) {
      row.flags |= SL_IF_NODES;
      row.peer4 = htons(0xabcd);
    });
    sl_handover& here = lab.tables().config->handover;
    here.leader = row_address(*IpAddress::parse(kDmz));
    here.family = 4;
    here.link = lab.index(At::kDmz);
    here.device[kNumber] = lab.index(At::kLan);
    here.role = static_cast<uint8_t>(role);
  }
  void follow() { be(SL_HANDOVER_FOLLOWS); }

  static bool is_handed(const Outcome& outcome) {
    const Mac leader = neighbour_mac(At::kDmz, 2);
    return outcome.what == "forwarded" && std::equal(leader.begin(), leader.end(), outcome.frame.begin()) &&
           std::equal(kFromLan.begin(), kFromLan.end(), outcome.frame.begin() + 6);
  }
  // As the other node sends it on that link.
  Outcome handed(const Layers& layers, const Mac& from = kFromLan) {
    Bytes frame = lab.framed(At::kLan, layers);
    const Mac here = lab.mac(At::kDmz);
    std::copy(here.begin(), here.end(), frame.begin());
    std::copy(from.begin(), from.end(), frame.begin() + 6);
    return lab.arrive_bytes(GetParam(), At::kDmz, frame);
  }
  size_t flows() { return lab.engine().flows().value().size(); }

  const Ip4 out{.src = kInside, .dst = kFar}, in{.src = kFar, .dst = kWanAddress};

 private:
  template <class Change>
  void edit(At device, Change change) {
    Tables& tables = lab.tables();
    const uint32_t key = SL_SLOT_OF(tables.config.version()) * SL_MAX_IFINDEX + lab.index(device);
    sl_interface row = tables.interfaces.find(key).value().value();
    rows_.emplace(key, row);
    change(row);
    ASSERT_TRUE(tables.interfaces.put(key, row));
  }

  std::map<uint32_t, sl_interface> rows_;   // as they were
};
ON_BOTH_HOOKS(HandOver);

TEST_P(HandOver, FirstPacketsGoAsTheyCame) {
  follow();
  const Outcome outcome = from_lan(out / Udp{.sport = 4444, .dport = 53});
  EXPECT_TRUE(is_handed(outcome)) << outcome.what;
  EXPECT_EQ(outcome.view().route(), "192.168.10.2:4444 > 198.51.100.7:53");
  EXPECT_EQ(outcome.view().ttl, from_lan(out / Udp{.sport = 4444, .dport = 53}).view().ttl);
  EXPECT_TRUE(is_handed(from_lan(out / Tcp{.sport = 4444, .dport = 80, .flags = kSyn})));
  EXPECT_TRUE(is_handed(from_lan(out / Echo{})));
  EXPECT_EQ(flows(), 0u);
}

TEST_P(HandOver, KnownFlowsGoOn) {
  ASSERT_EQ(from_lan(out / Udp{.sport = 4444, .dport = 53}).what, "forwarded");
  ASSERT_EQ(from_wan(in / Udp{.sport = 53, .dport = 4444}).what, "forwarded");
  follow();
  const Outcome goes_on = from_lan(out / Udp{.sport = 4444, .dport = 53});
  EXPECT_EQ(goes_on.what, "forwarded");
  EXPECT_EQ(goes_on.view().route(), "203.0.113.1:4444 > 198.51.100.7:53");
  EXPECT_EQ(from_wan(in / Udp{.sport = 53, .dport = 4444}).view().route(),
            "198.51.100.7:53 > 192.168.10.2:4444");
}

TEST_P(HandOver, WhatMayChangeAConnectionIsForTheNodeThatLeads) {
  const auto client = [&](uint8_t flags) {
    const bool syn = flags & kSyn;
    return from_lan(
        out /
        Tcp{.sport = 4444, .dport = 80, .seq = syn ? 1000u : 1001u, .ack = syn ? 0 : 9001u, .flags = flags});
  };
  ASSERT_EQ(client(kSyn).what, "forwarded");
  ASSERT_EQ(
      from_wan(in / Tcp{.sport = 80, .dport = 4444, .seq = 9000, .ack = 1001, .flags = kSyn | kAck}).what,
      "forwarded");
  ASSERT_EQ(client(kAck).what, "forwarded");
  follow();
  EXPECT_EQ(client(kAck).view().route(), "203.0.113.1:4444 > 198.51.100.7:80");
  EXPECT_TRUE(is_handed(client(kFin | kAck)));
  EXPECT_TRUE(is_handed(client(kRst | kAck)));
  EXPECT_TRUE(is_handed(client(kSyn)));
  lab.tables().config->handover.role = SL_HANDOVER_NONE;
  ASSERT_EQ(client(kRst | kAck).what, "forwarded");
  follow();
  EXPECT_TRUE(is_handed(client(kAck))) << "it has closed here, and may have begun again there";
}

TEST_P(HandOver, WhatMayBeOfAFlowThatIsUnknownHereIsNotRefused) {
  follow();
  EXPECT_NE(from_wan(in / Tcp{.sport = 80, .dport = 4444, .flags = kSyn}).what, "forwarded")
      << "all nodes have the same policies";
  EXPECT_TRUE(is_handed(from_lan(out / Tcp{.sport = 4444, .dport = 80, .flags = kAck})));
  EXPECT_EQ(flows(), 0u);
}

TEST_P(HandOver, WhoDoesNotKnowWhoLeadsDropsIt) {
  follow();
  lab.tables().config->handover.link = 0;
  EXPECT_EQ(from_lan(out / Udp{}).what, "dropped: NOT_LED");
}

TEST_P(HandOver, WhoLeadsTakesItAsFromThatInterface) {
  be(SL_HANDOVER_LEADS);
  const Outcome outcome = handed(out / Udp{.sport = 4444, .dport = 53});
  EXPECT_EQ(outcome.what, "forwarded");
  EXPECT_EQ(outcome.view().route(), "203.0.113.1:4444 > 198.51.100.7:53");
  const auto all = lab.engine().flows().value();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].ifindex_in, lab.index(At::kLan));
}

TEST_P(HandOver, NumbersOfAnotherDocumentStandForNothing) {
  be(SL_HANDOVER_LEADS);
  Mac other = kFromLan;
  other[4] ^= 1;
  EXPECT_EQ(handed(out / Udp{}, other).what, "dropped: NOT_LED");
  other = kFromLan;
  other[5] = kNumber + 1;
  EXPECT_EQ(handed(out / Udp{}, other).what, "dropped: NOT_LED");
  EXPECT_EQ(flows(), 0u);
}

TEST_P(HandOver, NothingIsHandedOverTwice) {
  follow();
  EXPECT_EQ(handed(out / Udp{}).what, "dropped: NOT_LED");
}

}   // namespace
}   // namespace sluice::test
