// SPDX-License-Identifier: GPL-2.0-or-later
// Settings of NICs: messages as the kernel sends them, whole and cut, and real veth devices.
#include <gtest/gtest.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <bit>

#include "../support/netlink_messages.hpp"
#include "../support/network_namespace.hpp"
#include "kernel/ethtool/nic_settings.hpp"
#include "kernel/netlink/generic.hpp"
#include "kernel/netlink/links.hpp"

namespace sluice {
namespace {

using test::Message;

constexpr uint16_t kFamily = 21;

NlRequest answer(uint8_t command) {
  return NlRequest(kFamily, 0, "").header(genlmsghdr{.cmd = command, .version = ETHTOOL_GENL_VERSION});
}

void add_bit(NlRequest&& bits, std::string_view name, bool value) {
  std::move(bits).nest(ETHTOOL_A_BITSET_BITS_BIT, [&](NlRequest&& bit) {
    auto&& named = std::move(bit).text(ETHTOOL_A_BITSET_BIT_NAME, name);
    if (value) std::move(named).bytes(ETHTOOL_A_BITSET_BIT_VALUE, {});
  });
}

// What can be changed comes with a mask, what is on comes as a list.
NlRequest features() {
  return answer(ETHTOOL_MSG_FEATURES_GET_REPLY)
      .nest(ETHTOOL_A_FEATURES_HW,
            [](NlRequest&& set) {
              std::move(set).nest(ETHTOOL_A_BITSET_BITS, [](NlRequest&& bits) {
                add_bit(std::move(bits), "rx-gro", true);
                add_bit(std::move(bits), "rx-lro", true);
                add_bit(std::move(bits), "rx-checksum", false);
              });
            })
      .nest(ETHTOOL_A_FEATURES_ACTIVE, [](NlRequest&& set) {
        std::move(set).bytes(ETHTOOL_A_BITSET_NOMASK, {}).nest(ETHTOOL_A_BITSET_BITS, [](NlRequest&& bits) {
          add_bit(std::move(bits), "rx-gro-hw", false);
          add_bit(std::move(bits), "rx-checksum", false);
        });
      });
}

NlRequest channels() {
  return answer(ETHTOOL_MSG_CHANNELS_GET_REPLY)
      .u32(ETHTOOL_A_CHANNELS_COMBINED_MAX, 8)
      .u32(ETHTOOL_A_CHANNELS_COMBINED_COUNT, 4);
}

TEST(NicMessages, AFamilyIsKnownByItsNumber) {
  const auto number = std::bit_cast<std::array<uint8_t, 2>>(kFamily);
  const NlRequest request = NlRequest(GENL_ID_CTRL, 0, "")
                                .header(genlmsghdr{.cmd = CTRL_CMD_NEWFAMILY})
                                .bytes(CTRL_ATTR_FAMILY_ID, number);
  EXPECT_EQ(parse_family(*Message(request)), kFamily);
}

TEST(NicMessages, ChannelsAreThoseThatDoBoth) {
  NicSettings nic;
  parse_settings(*Message(channels()), nic);
  EXPECT_EQ(nic.channels, 4u);
  EXPECT_EQ(nic.max_channels, 8u);
}

TEST(NicMessages, OffloadsAreReadFromSetsWithAMaskAndWithout) {
  NicSettings nic;
  parse_settings(*Message(features()), nic);
  EXPECT_TRUE(nic.lro.changeable);
  EXPECT_FALSE(nic.lro.on);
  EXPECT_FALSE(nic.gro_hw.changeable);
  EXPECT_TRUE(nic.gro_hw.on);
  EXPECT_FALSE(nic.rx_checksum.changeable);
  EXPECT_TRUE(nic.rx_checksum.on);
}

TEST(NicMessages, CutMessagesAreReadUpToTheirEnd) {
  NicSettings nic;
  test::cut_at_every_byte(features(), [&](const nlmsghdr& message) { parse_settings(message, nic); });
  test::cut_at_every_byte(channels(), [&](const nlmsghdr& message) { parse_settings(message, nic); });
  test::cut_at_every_byte(family_request("ethtool"), [](const nlmsghdr& message) { parse_family(message); });
}

NicSettings read_settings(std::string_view name) {
  RtnlSocket rtnl = RtnlSocket::open().value();
  const auto links = list_links(rtnl).value();
  const auto link = std::ranges::find(links, name, &ObservedLink::name);
  return NicReader::open().value().read(link == links.end() ? ObservedLink{} : *link).value();
}

TEST_IN_NETWORK(NicNamespace, AVethSaysWhoItIs) {
  RtnlSocket rtnl = RtnlSocket::open().value();
  ASSERT_TRUE(rtnl.send(test::veth_pair_request("eth1.20", "peer0")));
  const NicSettings nic = read_settings("eth1.20");
  EXPECT_EQ(nic.driver, "veth");
  EXPECT_EQ(nic.channels, 0u);   // it has queues of either kind, not pairs
  EXPECT_GE(nic.cpus, 1u);
  EXPECT_TRUE(nic.rx_checksum.on);
  EXPECT_TRUE(nic.rx_checksum.changeable);
  EXPECT_FALSE(nic.lro.on || nic.lro.changeable);
}

TEST_IN_NETWORK(NicNamespace, TheLoopbackHasNoChannelsAndFixedChecksums) {
  const NicSettings nic = read_settings("lo");
  EXPECT_EQ(nic.max_channels, 0u);
  EXPECT_TRUE(nic.rx_checksum.on);
  EXPECT_FALSE(nic.rx_checksum.changeable);
}

TEST_IN_NETWORK(NicNamespace, ADeviceThatWentHasNoSettings) {
  const auto nic = NicReader::open().value().read({.name = "gone0", .index = 4711});
  ASSERT_TRUE(nic);
  EXPECT_EQ(nic->driver, "");
  EXPECT_FALSE(nic->rx_checksum.on);
}

}   // namespace
}   // namespace sluice
