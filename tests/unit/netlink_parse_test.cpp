// SPDX-License-Identifier: GPL-2.0-or-later
// Messages as the kernel sends them, whole and cut.
#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <net/if_arp.h>

#include "../support/netlink_messages.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/socket.hpp"

namespace sluice {
namespace {

using test::Message;

constexpr uint8_t kMac[] = {0x02, 0, 0x5e, 0x10, 0, 1};
constexpr uint8_t kOwn[] = {192, 0, 2, 1};
constexpr uint8_t kPeer[] = {192, 0, 2, 9};
constexpr uint8_t kSix[] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

NlRequest veth_message() {
  return NlRequest(RTM_NEWLINK, 0, "")
      .header(ifinfomsg{.ifi_type = ARPHRD_ETHER, .ifi_index = 7, .ifi_flags = IFF_UP | IFF_RUNNING})
      .text(IFLA_IFNAME, "eth1.20")
      .u32(IFLA_MTU, 1500)
      .bytes(IFLA_ADDRESS, kMac)
      .nest(IFLA_LINKINFO, [](NlRequest&& info) { std::move(info).text(IFLA_INFO_KIND, "veth"); });
}

NlRequest address_message(const ifaddrmsg& header) { return NlRequest(RTM_NEWADDR, 0, "").header(header); }

TEST(ParseLink, ReadsADeviceWithEthernet) {
  const auto link = parse_link(*Message(veth_message()));
  ASSERT_TRUE(link);
  EXPECT_EQ(link->name, "eth1.20");
  EXPECT_EQ(link->index, 7u);
  EXPECT_EQ(link->mtu, 1500u);
  EXPECT_TRUE(link->up);
  EXPECT_TRUE(link->has_ethernet);
  EXPECT_EQ(link->kind, "veth");
  EXPECT_EQ(link->mac, std::to_array(kMac));
}

TEST(ParseLink, ADeviceWithoutLinkHeaderHasNoMac) {
  const auto message = NlRequest(RTM_NEWLINK, 0, "")
                           .header(ifinfomsg{.ifi_type = ARPHRD_NONE, .ifi_index = 3})
                           .text(IFLA_IFNAME, "tun0")
                           .bytes(IFLA_ADDRESS, kSix);
  const auto link = parse_link(*Message(message));
  ASSERT_TRUE(link);
  EXPECT_FALSE(link->has_ethernet);
  EXPECT_FALSE(link->up);
  EXPECT_EQ(link->kind, "");
  EXPECT_EQ(link->mac, (std::array<uint8_t, 6>{}));
}

TEST(ParseLink, OtherMessagesAreNoLink) {
  auto request = NlRequest(RTM_DELLINK, 0, "").header(ifinfomsg{}).text(IFLA_IFNAME, "eth1");
  EXPECT_FALSE(parse_link(*Message(request)));
  EXPECT_FALSE(parse_link(*Message(NlRequest(RTM_NEWLINK, 0, "").header(ifinfomsg{}))));
}

TEST(ParseLink, CutAnywhereItReadsNothingBehindItsEnd) {
  test::cut_at_every_byte(veth_message(), [](const nlmsghdr& message) {
    if (const auto link = parse_link(message)) {
      EXPECT_EQ(link->name, "eth1.20");
    }
  });
}

TEST(ParseLink, ANameWithoutNulIsNotRead) {
  constexpr uint8_t kRaw[] = {'e', 't', 'h', '1'};
  EXPECT_FALSE(
      parse_link(*Message(NlRequest(RTM_NEWLINK, 0, "").header(ifinfomsg{}).bytes(IFLA_IFNAME, kRaw))));
}

TEST(ParseAddress, OnAPointToPointDeviceTheOwnAddressIsTaken) {
  const auto message = address_message({.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = 4})
                           .bytes(IFA_ADDRESS, kPeer)
                           .bytes(IFA_LOCAL, kOwn);
  const auto found = parse_address(*Message(message));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->index, 4u);
  EXPECT_EQ(found->address.address.to_string(), "192.0.2.1/32");
}

TEST(ParseAddress, Ipv6ComesWithoutLocalAndWithWideFlags) {
  const auto message = address_message({.ifa_family = AF_INET6, .ifa_prefixlen = 64, .ifa_index = 4})
                           .bytes(IFA_ADDRESS, kSix)
                           .u32(IFA_FLAGS, IFA_F_TENTATIVE | IFA_F_MANAGETEMPADDR);
  const auto found = parse_address(*Message(message));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->address.address.to_string(), "2001:db8::1/64");
  EXPECT_TRUE(found->address.tentative);
}

TEST(ParseAddress, AnAddressOfAnotherLengthThanItsFamilyIsRefused) {
  EXPECT_FALSE(parse_address(*Message(address_message({.ifa_family = AF_INET}).bytes(IFA_LOCAL, kSix))));
  EXPECT_FALSE(parse_address(*Message(address_message({.ifa_family = AF_INET6}).bytes(IFA_ADDRESS, kOwn))));
  EXPECT_FALSE(parse_address(*Message(address_message({.ifa_family = AF_PACKET}).bytes(IFA_ADDRESS, kOwn))));
}

TEST(ParseAddress, CutAnywhereItReadsNothingBehindItsEnd) {
  const auto message =
      address_message({.ifa_family = AF_INET6, .ifa_prefixlen = 64}).bytes(IFA_ADDRESS, kSix);
  size_t found = 0;
  test::cut_at_every_byte(message, [&](const nlmsghdr& cut) { found += parse_address(cut).has_value(); });
  EXPECT_EQ(found, 1u) << "only the whole message";
}

// What the kernel answers to a refused request: the error, the request's header, its words.
NlRequest refusal(uint16_t flags, const nlmsgerr& error) {
  return NlRequest(NLMSG_ERROR, flags, "").header(error);
}

TEST(ParseVerdict, AnAcknowledgementIsSuccess) {
  const auto verdict = parse_verdict(*Message(refusal(NLM_F_CAPPED, {.error = 0})));
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->errnum, 0);
}

TEST(ParseVerdict, ARefusalCarriesTheKernelsWords) {
  const auto message = refusal(NLM_F_CAPPED | NLM_F_ACK_TLVS, {.error = -EINVAL, .msg = {.nlmsg_len = 40}})
                           .text(NLMSGERR_ATTR_MSG, "Invalid prefix length");
  const auto verdict = parse_verdict(*Message(message));
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->errnum, EINVAL);
  EXPECT_EQ(verdict->text, "Invalid prefix length");
}

TEST(ParseVerdict, TheWordsStandBehindAWhollyQuotedRequest) {
  const auto message = refusal(NLM_F_ACK_TLVS, {.error = -EINVAL, .msg = {.nlmsg_len = NLMSG_HDRLEN + 8}})
                           .header(uint64_t{0x4141414141414141})
                           .text(NLMSGERR_ATTR_MSG, "no");
  EXPECT_EQ(parse_verdict(*Message(message))->text, "no");
}

TEST(ParseVerdict, AQuotedLengthThatLiesReadsNothing) {
  const auto message = refusal(NLM_F_ACK_TLVS, {.error = -EPERM, .msg = {.nlmsg_len = 0xfffffff0}})
                           .text(NLMSGERR_ATTR_MSG, "no");
  const auto verdict = parse_verdict(*Message(message));
  EXPECT_EQ(verdict->errnum, EPERM);
  EXPECT_EQ(verdict->text, "");
}

TEST(ParseVerdict, CutAnywhereItIsNoSuccess) {
  const auto message =
      refusal(NLM_F_CAPPED | NLM_F_ACK_TLVS, {.error = -EINVAL}).text(NLMSGERR_ATTR_MSG, "no");
  test::cut_at_every_byte(message, [](const nlmsghdr& cut) { EXPECT_NE(parse_verdict(cut)->errnum, 0); });
}

TEST(ParseVerdict, ADumpCanFailInItsLastMessage) {
  const auto message =
      NlRequest(NLMSG_DONE, NLM_F_ACK_TLVS, "").header(int{-ENODEV}).text(NLMSGERR_ATTR_MSG, "gone");
  const auto verdict = parse_verdict(*Message(message));
  EXPECT_EQ(verdict->errnum, ENODEV);
  EXPECT_EQ(verdict->text, "gone");
  EXPECT_EQ(parse_verdict(*Message(NlRequest(NLMSG_DONE, 0, "").header(int{0})))->errnum, 0);
}

TEST(ParseVerdict, DataIsNoVerdict) { EXPECT_FALSE(parse_verdict(*Message(veth_message()))); }

}   // namespace
}   // namespace sluice
