// SPDX-License-Identifier: GPL-2.0-or-later
// How many MAC addresses may speak by a port of a bridge: the table, and frames through a real bridge.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdlib>

#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "base/comes_true.hpp"
#include "base/unique_fd.hpp"
#include "kernel/nft/mac_limits.hpp"
#include "kernel/nft/nft.hpp"

namespace sluice {
namespace {

using test::outcome;

TEST(MacLimitsTable, ChangesWhatDiffersAndNothingElse) {
  const ObservedMacLimits seen{
      .is_there = true, .intact = true, .limits = {{"gt1-2", 64}, {"gt1-3", 8}}, .refused = {}};
  const std::string text = mac_limits_transaction(seen, {{"gt1-2", 64}, {"gt1-3", 9}});
  EXPECT_EQ(text.find("gt1-2"), std::string::npos) << text;
  EXPECT_LT(text.find("delete set bridge sluice macs_gt1-3"), text.find("size 9;")) << text;
  EXPECT_EQ(text.find("delete table"), std::string::npos);
}

TEST(MacLimitsTable, IsMadeAnewWhenItIsNotWhatItWas) {
  const ObservedMacLimits seen{.is_there = true, .intact = false, .limits = {{"gt1-2", 64}}, .refused = {}};
  const std::string text = mac_limits_transaction(seen, {{"gt1-2", 64}});
  EXPECT_NE(text.find("delete table"), std::string::npos);
  EXPECT_NE(text.find("macs_gt1-2"), std::string::npos);
}

TEST(MacLimitsTable, GoesWithTheLastLimit) {
  const ObservedMacLimits seen{.is_there = true, .intact = true, .limits = {{"gt1-2", 64}}, .refused = {}};
  EXPECT_EQ(mac_limits_transaction(seen, {}), "add table bridge sluice\ndelete table bridge sluice\n");
}

TEST_IN_NETWORK(MacLimitsTable, IsReadBackAsItWasPut) {
  EXPECT_FALSE(observe_mac_limits().value().is_there);
  EXPECT_EQ(refusal_of_mac_limits(), "");
  for (const MacLimits& limits :
       {MacLimits{{"gt1-2", 64}}, MacLimits{{"gt1-2", 64}, {"vx7100-3", 4096}}, MacLimits{{"vx7100-3", 1}}}) {
    ASSERT_EQ(outcome(put_mac_limits(limits)), "ok");
    const auto seen = observe_mac_limits().value();
    EXPECT_TRUE(seen.is_there);
    EXPECT_TRUE(seen.intact);
    EXPECT_EQ(seen.limits, limits);
  }
  ASSERT_EQ(outcome(put_mac_limits({})), "ok");
  EXPECT_FALSE(observe_mac_limits().value().is_there);
}

TEST_IN_NETWORK(MacLimitsTable, OneThatSomebodyChangedIsNoticedAndMadeAnew) {
  for (const char* change : {"flush chain bridge sluice from_gt1-2", "flush map bridge sluice ports",
                             "flush chain bridge sluice frames", "add chain bridge sluice more",
                             "insert rule bridge sluice frames accept"}) {
    ASSERT_EQ(outcome(put_mac_limits({{"gt1-2", 64}})), "ok");
    ASSERT_EQ(outcome(nft_apply_text(change)), "ok");
    EXPECT_FALSE(observe_mac_limits().value().intact) << change;
    ASSERT_EQ(outcome(put_mac_limits({{"gt1-2", 64}})), "ok");
    EXPECT_TRUE(observe_mac_limits().value().intact) << change;
  }
}

void run(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

constexpr uint16_t kTestType = 0x88b5;   // for experiments (IEEE 802)

using Mac = std::array<uint8_t, 6>;
constexpr Mac kEverybody{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, kPortAccess{1, 0x80, 0xc2, 0, 0, 3};

// A bridge with two cables.
class BridgedCables {
 public:
  BridgedCables() {
    run("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");   // devices would speak by themselves
    run("ip link add br0 type bridge && ip link set br0 up");
    for (const char* side : {"left", "right"})
      run(fmt::format(
          "ip link add {0} type veth peer name {0}1 && ip link set {0}1 master br0 && ip link set {0} up "
          "&& ip link set {0}1 up",
          side));
    EXPECT_TRUE(comes_true(std::chrono::seconds(5), forwards)) << "the kernel lets ports begin by and by";
    socket_ = UniqueFd(socket(AF_PACKET, SOCK_RAW, htons(kTestType)));
    listener_ = UniqueFd(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(kTestType)));
    sockaddr_ll at = place("right");
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&at), sizeof(at)), 0);
  }

  void send(uint8_t who, const Mac& to = kEverybody) {
    std::array<uint8_t, 60> frame{};
    std::copy(to.begin(), to.end(), frame.begin());
    const Mac source{2, 0, 0x5e, 0, 0x53, who};
    std::copy(source.begin(), source.end(), frame.begin() + 6);
    frame[12] = kTestType >> 8;
    frame[13] = kTestType & 0xff;
    sockaddr_ll at = place("left");
    EXPECT_EQ(
        sendto(socket_.get(), frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&at), sizeof(at)),
        static_cast<ssize_t>(frame.size()));
  }

  // A veth hands a frame over while it is sent, unless the processor has much to do.
  bool arrives(uint8_t who) {
    send(who);
    std::array<uint8_t, 60> frame{};
    return comes_true(std::chrono::milliseconds(200), [&] {
      return recv(listener_.get(), frame.data(), frame.size(), 0) > 0 && frame[11] == who;
    });
  }

 private:
  static bool forwards() {
    return std::system("test $(bridge link show | grep -c 'master br0 state forwarding') -eq 2") == 0;
  }

  static sockaddr_ll place(const char* device) {
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(kTestType);
    at.sll_ifindex = static_cast<int>(if_nametoindex(device));
    at.sll_halen = 6;
    return at;
  }
  UniqueFd socket_, listener_;
};

uint64_t dropped(const std::string& device) {
  const auto all = count_mac_drops().value();
  for (const MacDrops& drops : all)
    if (drops.device == device) return drops.packets;
  return 0;
}

TEST_IN_NETWORK(MacLimits, TheFirstSpeakAndFurtherOnesAreDroppedAndCounted) {
  BridgedCables cables;
  ASSERT_TRUE(cables.arrives(9)) << "without a limit";
  ASSERT_EQ(outcome(put_mac_limits({{"left1", 2}, {"right1", 1}})), "ok");
  EXPECT_TRUE(cables.arrives(1));
  EXPECT_TRUE(cables.arrives(2));
  EXPECT_FALSE(cables.arrives(3));
  EXPECT_FALSE(cables.arrives(9));
  EXPECT_TRUE(cables.arrives(1)) << "those that spoke go on";
  EXPECT_TRUE(cables.arrives(2));
  EXPECT_EQ(dropped("left1"), 2u);
  EXPECT_EQ(dropped("right1"), 0u);
}

TEST_IN_NETWORK(MacLimits, WhatStaysKeepsWhoSpoke) {
  BridgedCables cables;
  ASSERT_EQ(outcome(put_mac_limits({{"left1", 1}})), "ok");
  EXPECT_TRUE(cables.arrives(1));
  ASSERT_EQ(outcome(put_mac_limits({{"left1", 1}, {"right1", 3}})), "ok");
  EXPECT_FALSE(cables.arrives(2));
  EXPECT_EQ(dropped("left1"), 1u);
  ASSERT_EQ(outcome(put_mac_limits({{"left1", 2}, {"right1", 3}})), "ok");
  EXPECT_TRUE(cables.arrives(2)) << "another limit";
}

TEST_IN_NETWORK(MacLimits, TheBridgeDoesNotLearnFromFramesThatItKeepsToItself) {
  BridgedCables cables;
  ASSERT_EQ(outcome(put_mac_limits({{"left1", 2}})), "ok");
  for (uint8_t who = 1; who <= 20; ++who) cables.send(who, kPortAccess);
  EXPECT_EQ(dropped("left1"), 18u);
  EXPECT_EQ(std::system("test $(bridge fdb show br br0 brport left1 | grep -c '^02:00:5e:00:53') -eq 2"), 0);
}

}   // namespace
}   // namespace sluice
