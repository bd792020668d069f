// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "model/address.hpp"

namespace sluice {
namespace {

std::string rewritten(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? address->to_string() : "refused";
}

TEST(IpAddress, Ipv4IsWrittenAsRead) {
  EXPECT_EQ(rewritten("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(rewritten("0.0.0.0"), "0.0.0.0");
  EXPECT_EQ(rewritten("255.255.255.255"), "255.255.255.255");
}

TEST(IpAddress, Ipv6IsWrittenAsRfc5952Says) {
  EXPECT_EQ(rewritten("2001:0DB8:0:0:0:0:0:1"), "2001:db8::1");
  EXPECT_EQ(rewritten("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1") << "one zero group is not shortened";
  EXPECT_EQ(rewritten("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1") << "the longest run";
  EXPECT_EQ(rewritten("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1") << "the first of equal runs";
  EXPECT_EQ(rewritten("0:0:0:0:0:0:0:0"), "::");
  EXPECT_EQ(rewritten("1::"), "1::");
  EXPECT_EQ(rewritten("::1:1"), "::1:1") << "not ::0.1.0.1";
  EXPECT_EQ(rewritten("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
}

TEST(IpAddress, EverythingElseIsRefused) {
  for (const char* text : {"",
                           " ",
                           "192.0.2",
                           "192.0.2.256",
                           "192.0.2.01",
                           "192.0.2.1.",
                           "192.0.2.1/32",
                           "0x7f.1",
                           "1.2.3.4.5",
                           ":",
                           ":::",
                           "1::2::3",
                           "2001:db8::g",
                           "fe80::1%eth0",
                           "12345::",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "[::1]",
                           "::ffff:192.0.2.1",
                           "::ffff:c000:201",
                           " 192.0.2.1",
                           "192.0.2.1 ",
                           "::1.2.3.256"})
    EXPECT_EQ(rewritten(text), "refused") << text;
  EXPECT_EQ(rewritten(std::string_view("192.0.2.1\0", 10)), "refused");
}

TEST(IpAddress, KnowsItsKind) {
  const auto is = [](const char* text) { return *IpAddress::parse(text); };
  EXPECT_TRUE(is("0.0.0.0").is_unspecified());
  EXPECT_TRUE(is("::").is_unspecified());
  EXPECT_FALSE(is("0.0.0.1").is_unspecified());
  EXPECT_TRUE(is("127.8.8.8").is_loopback());
  EXPECT_TRUE(is("::1").is_loopback());
  EXPECT_TRUE(is("224.0.0.1").is_multicast());
  EXPECT_TRUE(is("ff02::1").is_multicast());
  EXPECT_FALSE(is("240.0.0.1").is_multicast());
  EXPECT_TRUE(is("169.254.1.1").is_link_local());
  EXPECT_TRUE(is("febf::1").is_link_local());
  EXPECT_FALSE(is("fec0::1").is_link_local());
}

TEST(IpAddress, Ipv4AndIpv6OrderAndKeepTheirFamily) {
  const auto v4 = IpAddress::from_ipv4(0xc0000201);
  EXPECT_EQ(v4.to_string(), "192.0.2.1");
  EXPECT_EQ(v4.ipv4(), 0xc0000201u);
  EXPECT_EQ(v4.bits(), 32);
  EXPECT_EQ(IpAddress::parse("2001:db8::")->bits(), 128);
  EXPECT_EQ(IpAddress().to_string(), "0.0.0.0");
  EXPECT_EQ(to_string(v4.family()), "ipv4");
}

TEST(IpAddress, PlusStopsAtTheEndOfTheFamily) {
  EXPECT_EQ(IpAddress::parse("192.0.2.255")->plus(1).to_string(), "192.0.3.0");
  EXPECT_EQ(IpAddress::parse("255.255.255.250")->plus(100).to_string(), "255.255.255.255");
  EXPECT_EQ(IpAddress::parse("2001:db8::ffff:ffff:ffff:ffff")->plus(1).to_string(), "2001:db8:0:1::");
  EXPECT_EQ(IpAddress::parse("ffff::")->plus(UINT64_MAX).to_string(), "ffff::ffff:ffff:ffff:ffff");
  const auto end = *IpAddress::parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
  EXPECT_EQ(end.plus(UINT64_MAX).to_string(), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST(InterfaceAddress, KeepsItsHostBits) {
  EXPECT_EQ(InterfaceAddress::parse("192.168.10.1/24")->to_string(), "192.168.10.1/24");
  EXPECT_EQ(InterfaceAddress::parse("2001:db8::1/64")->to_string(), "2001:db8::1/64");
  for (const char* text :
       {"192.168.10.1", "192.168.10.1/", "192.168.10.1/33", "192.168.10.1/024", "192.168.10.1/-1",
        "2001:db8::1/129", "/24", "192.168.10.1/24/24", "192.168.10.1/+4"})
    EXPECT_FALSE(InterfaceAddress::parse(text)) << text;
}

TEST(Prefix, ABareAddressIsItself) {
  EXPECT_EQ(Prefix::parse("192.0.2.1")->to_string(), "192.0.2.1/32");
  EXPECT_EQ(Prefix::parse("2001:db8::1")->to_string(), "2001:db8::1/128");
  EXPECT_EQ(Prefix::parse("0.0.0.0/0")->last().to_string(), "255.255.255.255");
}

TEST(Prefix, HostBitsAreRefusedAndToldApartFromNonsense) {
  EXPECT_FALSE(Prefix::parse("192.0.2.1/24"));
  EXPECT_TRUE(Prefix::has_host_bits("192.0.2.1/24"));
  EXPECT_FALSE(Prefix::has_host_bits("192.0.2.0/24"));
  EXPECT_FALSE(Prefix::has_host_bits("192.0.2.1/240"));
  EXPECT_EQ(Prefix::of(*InterfaceAddress::parse("192.0.2.1/24")).to_string(), "192.0.2.0/24");
  EXPECT_EQ(Prefix::of(*InterfaceAddress::parse("2001:db8::1/0")).to_string(), "::/0");
}

TEST(Prefix, FamiliesNeverMeet) {
  EXPECT_FALSE(Prefix::parse("::/0")->contains(*IpAddress::parse("192.0.2.1")));
  EXPECT_FALSE(Prefix::parse("0.0.0.0/0")->overlaps(*Prefix::parse("::/0")));
  EXPECT_EQ(Prefix::parse("192.0.2.0/24")->mapped_length(), 120);
}

TEST(AddressRange, IsARangeAPrefixOrAnAddress) {
  EXPECT_EQ(AddressRange::parse("192.0.2.1-192.0.2.9")->size(), 9u);
  EXPECT_EQ(AddressRange::parse("192.0.2.0/24")->to_string(), "192.0.2.0-192.0.2.255");
  EXPECT_EQ(AddressRange::parse("192.0.2.7")->to_string(), "192.0.2.7");
  EXPECT_EQ(AddressRange::parse("2001:db8::/64")->size(), UINT64_MAX) << "saturates";
  EXPECT_EQ(AddressRange::parse("::/0")->size(), UINT64_MAX);
  for (const char* text : {"", "-", "192.0.2.9-192.0.2.1", "192.0.2.1-2001:db8::1", "192.0.2.1-",
                           "192.0.2.1/24", "192.0.2.0/24-192.0.3.0/24"})
    EXPECT_FALSE(AddressRange::parse(text)) << text;
}

TEST(PortRange, IsOnePortOrARange) {
  EXPECT_EQ(PortRange::parse("80")->to_string(), "80");
  EXPECT_EQ(PortRange::parse("8000-8010")->size(), 11u);
  EXPECT_EQ(PortRange::parse("1-65535")->size(), 65535u);
  for (const char* text : {"", "0", "0-5", "65536", "80-", "-80", "90-80", "080", "80 ", "http", "1-2-3"})
    EXPECT_FALSE(PortRange::parse(text)) << text;
}

TEST(PortBlocks, AreTheFewestThatCover) {
  EXPECT_EQ(split_into_blocks({80, 80}), (std::vector<PortBlock>{{80, 16}}));
  EXPECT_EQ(split_into_blocks({8000, 8010}), (std::vector<PortBlock>{{8000, 13}, {8008, 15}, {8010, 16}}));
  EXPECT_EQ(split_into_blocks({0, 65535}), (std::vector<PortBlock>{{0, 0}}));
  EXPECT_EQ(split_into_blocks({1, 65535}).size(), 16u);
  EXPECT_EQ(split_into_blocks({1, 65534}).size(), 30u) << "the most that a range can need";
}

}   // namespace
}   // namespace sluice
