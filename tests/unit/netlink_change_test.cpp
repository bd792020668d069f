// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <sys/socket.h>

#include "../support/netlink_messages.hpp"
#include "kernel/netlink/monitor.hpp"

namespace sluice {
namespace {

using test::Message;

constexpr uint8_t kFirstMac[] = {2, 0, 0, 0, 0, 1};
constexpr uint8_t kOtherMac[] = {2, 0, 0, 0, 0, 2};

NlRequest neighbour(uint16_t state, std::span<const uint8_t> mac = kFirstMac, uint32_t host = 1,
                    uint16_t type = RTM_NEWNEIGH) {
  const uint8_t address[] = {10, static_cast<uint8_t>(host >> 16), static_cast<uint8_t>(host >> 8),
                             static_cast<uint8_t>(host)};
  return NlRequest(type, 0, "")
      .header(ndmsg{.ndm_family = AF_INET, .ndm_ifindex = 3, .ndm_state = state, .ndm_type = RTN_UNICAST})
      .bytes(NDA_DST, address)
      .bytes(NDA_LLADDR, mac);
}

Change change_of(const NlRequest& request) {
  NeighbourCache neighbours;
  Change change;
  note_message(*Message(request), neighbours, change);
  return change;
}

class Neighbours : public testing::Test {
 protected:
  bool learn(const NlRequest& request) { return cache_.learn(*Message(request)); }
  NeighbourCache cache_;
};

TEST_F(Neighbours, ANewOneIsAChangeAndItsTimersAreNot) {
  EXPECT_TRUE(learn(neighbour(NUD_REACHABLE)));
  for (const int state : {NUD_STALE, NUD_DELAY, NUD_PROBE, NUD_REACHABLE, NUD_PERMANENT}) {
    EXPECT_FALSE(learn(neighbour(static_cast<uint16_t>(state)))) << state;
  }
}

TEST_F(Neighbours, AnotherLinkAddressIsAChangeInEveryState) {
  learn(neighbour(NUD_REACHABLE));
  EXPECT_TRUE(learn(neighbour(NUD_STALE, kOtherMac)));
  EXPECT_FALSE(learn(neighbour(NUD_REACHABLE, kOtherMac)));
}

TEST_F(Neighbours, FailureAndRemovalOfAKnownOneAreChangesOnce) {
  learn(neighbour(NUD_REACHABLE));
  EXPECT_TRUE(learn(neighbour(NUD_FAILED, {})));
  EXPECT_FALSE(learn(neighbour(NUD_FAILED, {}))) << "known already";
  learn(neighbour(NUD_REACHABLE));
  EXPECT_TRUE(learn(neighbour(NUD_STALE, kFirstMac, 1, RTM_DELNEIGH)));
}

TEST_F(Neighbours, AScanOfEmptyAddressesChangesNothing) {
  for (uint32_t host = 0; host < 100; ++host) {
    EXPECT_FALSE(learn(neighbour(NUD_INCOMPLETE, {}, host)));
    EXPECT_FALSE(learn(neighbour(NUD_FAILED, {}, host)));
  }
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(Neighbours, BridgeEntriesProxiesAndMulticastAreNoNextHops) {
  const auto header = [](uint8_t family, uint8_t flags, uint8_t type) {
    return NlRequest(RTM_NEWNEIGH, 0, "")
        .header(ndmsg{.ndm_family = family, .ndm_state = NUD_NOARP, .ndm_flags = flags, .ndm_type = type})
        .bytes(NDA_LLADDR, kFirstMac);
  };
  constexpr uint8_t kDestination[] = {224, 0, 0, 1};
  EXPECT_FALSE(learn(header(AF_BRIDGE, 0, RTN_UNICAST)));
  EXPECT_FALSE(learn(header(AF_INET, NTF_PROXY, RTN_UNICAST).bytes(NDA_DST, kDestination)));
  EXPECT_FALSE(learn(header(AF_INET, 0, RTN_MULTICAST).bytes(NDA_DST, kDestination)));
}

TEST_F(Neighbours, TheyAreBounded) {
  for (uint32_t host = 0; host < 3 * NeighbourCache::kMax; ++host) {
    EXPECT_TRUE(learn(neighbour(NUD_REACHABLE, kFirstMac, host)));
  }
  EXPECT_LE(cache_.size(), NeighbourCache::kMax);
}

TEST_F(Neighbours, CutAnywhereNothingIsReadBehindTheEnd) {
  test::cut_at_every_byte(neighbour(NUD_REACHABLE), [&](const nlmsghdr& message) { cache_.learn(message); });
  EXPECT_EQ(cache_.size(), 1u);
}

TEST(NoteMessage, LinksAndAddressesMoveNextHopsToo) {
  EXPECT_EQ(change_of(NlRequest(RTM_DELLINK, 0, "").header(ifinfomsg{})),
            (Change{.links = true, .next_hops = true}));
  EXPECT_EQ(change_of(NlRequest(RTM_NEWADDR, 0, "").header(ifaddrmsg{})),
            (Change{.addresses = true, .next_hops = true}));
}

TEST(NoteMessage, RoutesAreNextHopsAndClonedOnesAreNot) {
  EXPECT_EQ(change_of(NlRequest(RTM_NEWROUTE, 0, "").header(rtmsg{})), Change{.next_hops = true});
  EXPECT_FALSE(change_of(NlRequest(RTM_NEWROUTE, 0, "").header(rtmsg{.rtm_flags = RTM_F_CLONED})).any());
  EXPECT_EQ(change_of(NlRequest(RTM_DELRULE, 0, "")), Change{.next_hops = true});
}

TEST(NoteMessage, ADefaultRouteIsAWayOut) {
  const auto change = [](uint16_t type, uint8_t family, uint8_t length, uint8_t kind = RTN_UNICAST) {
    return change_of(
        NlRequest(type, 0, "").header(rtmsg{.rtm_family = family, .rtm_dst_len = length, .rtm_type = kind}));
  };
  const Change way_out{.next_hops = true, .ways_out = true}, other{.next_hops = true};
  EXPECT_EQ(change(RTM_NEWROUTE, AF_INET, 0), way_out);
  EXPECT_EQ(change(RTM_DELROUTE, AF_INET6, 0), way_out);
  EXPECT_EQ(change(RTM_NEWROUTE, AF_INET, 1), way_out) << "half of all";
  EXPECT_EQ(change(RTM_NEWROUTE, AF_INET6, 3), way_out) << "2000::/3";
  EXPECT_EQ(change(RTM_NEWROUTE, AF_INET, 8), other);
  EXPECT_EQ(change(RTM_NEWROUTE, AF_INET, 0, RTN_UNREACHABLE), other);
}

TEST(NoteMessage, OnlyForwardingAndReversePathSettingsCount) {
  const auto setting = [](uint16_t type) {
    return NlRequest(RTM_NEWNETCONF, 0, "").header(netconfmsg{.ncm_family = AF_INET}).u32(type, 1);
  };
  EXPECT_EQ(change_of(setting(NETCONFA_FORWARDING)), Change{.forwarding = true});
  EXPECT_EQ(change_of(setting(NETCONFA_RP_FILTER)), Change{.forwarding = true});
  EXPECT_FALSE(change_of(setting(NETCONFA_PROXY_NEIGH)).any());
}

NlRequest station(uint16_t type, uint8_t flags, std::span<const uint8_t> mac) {
  constexpr uint8_t kRemote[] = {192, 0, 2, 7};
  return NlRequest(type, 0, "")
      .header(
          ndmsg{.ndm_family = PF_BRIDGE, .ndm_ifindex = 3, .ndm_state = NUD_REACHABLE, .ndm_flags = flags})
      .bytes(NDA_LLADDR, mac)
      .bytes(NDA_DST, kRemote);
}

TEST(NoteMessage, AStationBehindARemoteIsNoNextHop) {
  for (const uint16_t type : {RTM_NEWNEIGH, RTM_DELNEIGH})
    EXPECT_EQ(change_of(station(type, NTF_SELF, kFirstMac)), Change{.fdb = true});
}

TEST(NoteMessage, OthersOfBridgesAreNoStations) {
  constexpr uint8_t kMany[] = {1, 0, 0x5e, 0, 0, 1}, kEverybody[6] = {};
  EXPECT_FALSE(change_of(station(RTM_NEWNEIGH, NTF_MASTER, kFirstMac)).any())
      << "of a bridge, not of a VXLAN";
  EXPECT_FALSE(change_of(station(RTM_NEWNEIGH, NTF_SELF, kMany)).any());
  EXPECT_FALSE(change_of(station(RTM_NEWNEIGH, NTF_SELF, kEverybody)).any());
  EXPECT_FALSE(change_of(station(RTM_NEWNEIGH, NTF_SELF, {})).any());
  EXPECT_FALSE(change_of(station(RTM_NEWNEIGH, NTF_SELF, kFirstMac).u32(NDA_VNI, 9)).any())
      << "a network of its own is the kernel's business";
}

TEST(NoteMessage, UnknownKindsChangeNothing) {
  EXPECT_FALSE(change_of(NlRequest(RTM_NEWTCLASS, 0, "")).any());
}

}   // namespace
}   // namespace sluice
