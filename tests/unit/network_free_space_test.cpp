// SPDX-License-Identifier: GPL-2.0-or-later
// Which prefixes and addresses are left.
#include <gtest/gtest.h>

#include "network/free_space.hpp"

namespace sluice {
namespace {

IpAddress address_of_text(std::string_view text) { return *IpAddress::parse(text); }
Prefix prefix_of_text(std::string_view text) { return *Prefix::parse(text); }

std::string next_free(FreeAddresses& free) {
  const auto address = free.take_next();
  return address ? address->to_string() : "none";
}

TEST(FreeSpace, AddressesComeLowestFirstAndOnce) {
  FreeAddresses free(prefix_of_text("192.0.2.0/29"),
                     {address_of_text("192.0.2.1"), address_of_text("192.0.2.3")}, {});
  EXPECT_EQ(next_free(free), "192.0.2.2");
  EXPECT_EQ(next_free(free), "192.0.2.4");
  EXPECT_TRUE(free.take(address_of_text("192.0.2.5")));
  EXPECT_FALSE(free.take(address_of_text("192.0.2.5")));
  EXPECT_EQ(next_free(free), "192.0.2.6");
}

TEST(FreeSpace, ThoseThatRestComeLastLowestFirst) {
  FreeAddresses free(prefix_of_text("2001:db8::/126"), {address_of_text("2001:db8::1")},
                     {address_of_text("2001:db8::2")});
  EXPECT_EQ(next_free(free), "2001:db8::3");
  EXPECT_EQ(next_free(free), "2001:db8::2");
  EXPECT_EQ(next_free(free), "none");
}

TEST(FreeSpace, OneThatRestsMayBeAskedFor) {
  FreeAddresses free(prefix_of_text("192.0.2.0/30"), {address_of_text("192.0.2.1")},
                     {address_of_text("192.0.2.2")});
  EXPECT_TRUE(free.take(address_of_text("192.0.2.2")));
  EXPECT_EQ(next_free(free), "192.0.2.3");
  EXPECT_EQ(next_free(free), "none");
}

TEST(FreeSpace, ASubnetIsCutBehindWhatIsInTheWay) {
  const TakenNetworks taken{{prefix_of_text("192.0.2.0/27"), "a"}, {prefix_of_text("192.0.2.34/32"), "b"}};
  EXPECT_EQ(free_subnet(prefix_of_text("192.0.2.0/24"), 29, taken), prefix_of_text("192.0.2.40/29"));
  EXPECT_EQ(free_subnet(prefix_of_text("192.0.2.0/26"), 26, taken), std::nullopt);
  EXPECT_EQ(free_subnet(prefix_of_text("192.0.2.0/24"), 23, {}), std::nullopt);
  EXPECT_EQ(overlapping(taken, prefix_of_text("192.0.2.32/29"))->by, "b");
  EXPECT_EQ(overlapping(taken, prefix_of_text("198.51.100.0/24")), nullptr);
}

}   // namespace
}   // namespace sluice
