// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "model/port_blocks.hpp"

namespace sluice {
namespace {

// Eight hosts on two addresses: four on each, 100 ports each.
Document document() {
  Masquerade masquerade{.name = "homes"};
  masquerade.addresses = {*AddressRange::parse("203.0.113.32"), *AddressRange::parse("203.0.113.40")};
  masquerade.ports = {2000, 2399};
  masquerade.deterministic = Deterministic{*Prefix::parse("10.64.0.0/29"), 100};
  Document made;
  made.masquerades = {masquerade};
  return made;
}

std::string owner(const Document& document, const char* outside, uint16_t port) {
  const auto owners = owners_of(document, *IpAddress::parse(outside), port);
  if (owners.size() != 1) return std::to_string(owners.size()) + " owners";
  return owners[0].inside.to_string() + " " + owners[0].ports.to_string() + " " + owners[0].masquerade;
}

TEST(BlockOwner, IsWhoHasTheBlock) {
  EXPECT_EQ(owner(document(), "203.0.113.32", 2000), "10.64.0.0 2000-2099 homes");
  EXPECT_EQ(owner(document(), "203.0.113.32", 2399), "10.64.0.3 2300-2399 homes");
  EXPECT_EQ(owner(document(), "203.0.113.40", 2150), "10.64.0.5 2100-2199 homes");
}

TEST(BlockOwner, NobodyHasOtherPortsOrAddresses) {
  EXPECT_EQ(owner(document(), "203.0.113.32", 1999), "0 owners");
  EXPECT_EQ(owner(document(), "203.0.113.32", 2400), "0 owners");
  EXPECT_EQ(owner(document(), "203.0.113.33", 2000), "0 owners");
  EXPECT_EQ(owner(document(), "2001:db8::1", 2000), "0 owners");
}

TEST(BlockOwner, APlaceWithoutAHostHasNone) {
  Document odd = document();
  odd.masquerades[0].addresses.push_back(*AddressRange::parse("203.0.113.50"));
  EXPECT_EQ(owner(odd, "203.0.113.50", 2150), "10.64.0.7 2100-2199 homes")
      << "three on each, the last has two";
  EXPECT_EQ(owner(odd, "203.0.113.50", 2250), "0 owners");
}

TEST(BlockOwner, ARuleWithoutBlocksDoesNotKnow) {
  Document loose = document();
  loose.masquerades[0].deterministic.reset();
  EXPECT_EQ(owner(loose, "203.0.113.32", 2000), "0 owners");
}

}   // namespace
}   // namespace sluice
