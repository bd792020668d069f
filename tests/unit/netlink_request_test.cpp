// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>

#include "../support/parsed.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/request.hpp"

namespace sluice {
namespace {

// Words of four bytes as they lie in memory.
std::string hex(const NlRequest& request) {
  std::string text;
  size_t count = 0;
  for (const std::byte byte : request.bytes()) {
    if (count && count % 4 == 0) text += ' ';
    text += fmt::format("{:02x}", static_cast<unsigned>(byte));
    ++count;
  }
  return text;
}

using test::address;

TEST(NlRequest, AnEmptyOneIsAHeader) {
  const NlRequest request(RTM_GETLINK, NLM_F_DUMP, "look");
  EXPECT_EQ(hex(request), "10000000 12000103 00000000 00000000") << "length, type and flags, sequence, port";
  EXPECT_EQ(request.attempt(), "look");
}

TEST(NlRequest, TextCarriesItsNulAndIsPaddedWithZeros) {
  const auto request = NlRequest(16, 0, "").text(3, "eth10");
  EXPECT_EQ(hex(request), "1c000000 10000100 00000000 00000000 0a000300 65746831 30000000");
}

TEST(NlRequest, NumbersAreInHostOrder) {
  const auto request = NlRequest(16, 0, "").u8(1, 7).u32(2, 0x01020304);
  EXPECT_EQ(hex(request), "20000000 10000100 00000000 00000000 05000100 07000000 08000200 04030201");
}

TEST(NlRequest, NestsCloseThemselvesWithTheLengthOfTheirContent) {
  const auto request = NlRequest(16, 0, "")
                           .nest(18,
                                 [](NlRequest&& info) {
                                   std::move(info).text(1, "vrf").nest(
                                       2, [](NlRequest&& data) { std::move(data).u32(1, 100); });
                                 })
                           .u8(9, 1);
  EXPECT_EQ(hex(request),
            "30000000 10000100 00000000 00000000 "
            "18001280 08000100 76726600 "   // nest 18, its text
            "0c000280 08000100 64000000 "   // nest 2 in it
            "05000900 01000000");           // behind both
}

TEST(NlRequest, AnEmptyNestIsOnlyItsHeader) {
  EXPECT_EQ(hex(NlRequest(16, 0, "").nest(5, [](NlRequest&&) {})),
            "14000000 10000100 00000000 00000000 04000580");
}

TEST(NlRequest, AValueThatDoesNotFitItsLengthFieldIsMarked) {
  EXPECT_FALSE(NlRequest(16, 0, "").text(1, std::string(65530, 'x')).too_long());
  EXPECT_TRUE(NlRequest(16, 0, "").text(1, std::string(65531, 'x')).too_long());
}

TEST(NlRequest, ANestThatDoesNotFitItsLengthFieldIsMarked) {
  const std::string half(40000, 'x');
  EXPECT_TRUE(NlRequest(16, 0, "")
                  .nest(1, [&](NlRequest&& in) { std::move(in).text(1, half).text(2, half); })
                  .too_long());
}

TEST(NlRequest, TheSocketStampsNumberAndFlags) {
  NlRequest request(16, NLM_F_CREATE, "");
  request.stamp(9, NLM_F_ACK);
  EXPECT_EQ(hex(request), "10000000 10000504 09000000 00000000");
}

TEST(AddressRequest, AddsAnIpv4Address) {
  const auto request = add_address_request("eth1", 7, address("192.168.10.1/24"));
  EXPECT_EQ(request.attempt(), "add address 192.168.10.1/24 to eth1");
  EXPECT_EQ(hex(request),
            "38000000 14000106 00000000 00000000 02180000 07000000 08000200 c0a80a01 08000100 c0a80a01 "
            "08000800 00000000 05000b00 5c000000");   // IFA_PROTO: sluice's mark
}

TEST(AddressRequest, AddsAnIpv6AddressThatWorksAtOnce) {
  EXPECT_EQ(hex(add_address_request("eth1", 7, address("2001:db8:10::1/64"))),
            "50000000 14000106 00000000 00000000 0a400000 07000000 "
            "14000200 20010db8 00100000 00000000 00000001 14000100 20010db8 00100000 00000000 00000001 "
            "08000800 02000000 05000b00 5c000000");   // IFA_F_NODAD
}

TEST(AddressRequest, AddsAnAddressWithoutARouteToItsNetwork) {
  EXPECT_EQ(hex(add_address_request("eth1", 7, address("192.168.10.1/24"), false)),
            "38000000 14000106 00000000 00000000 02180000 07000000 08000200 c0a80a01 08000100 c0a80a01 "
            "08000800 00020000 05000b00 5c000000");   // IFA_F_NOPREFIXROUTE
}

TEST(AddressRequest, RemovesAnAddress) {
  const auto request = remove_address_request("eth1", 7, address("192.168.10.1/24"));
  EXPECT_EQ(request.attempt(), "remove address 192.168.10.1/24 from eth1");
  EXPECT_EQ(hex(request),
            "28000000 15000100 00000000 00000000 02180000 07000000 08000200 c0a80a01 08000100 c0a80a01");
}

TEST(LinkRequest, SetsALinkUpAndDown) {
  const auto up = link_up_request("eth2", 5, true);
  EXPECT_EQ(up.attempt(), "set eth2 up");
  EXPECT_EQ(hex(up), "20000000 10000100 00000000 00000000 00000000 05000000 01000000 01000000");
  EXPECT_EQ(hex(link_up_request("eth2", 5, false)),
            "20000000 10000100 00000000 00000000 00000000 05000000 00000000 01000000");
}

}   // namespace
}   // namespace sluice
