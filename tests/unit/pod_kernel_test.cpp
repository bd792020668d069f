// SPDX-License-Identifier: GPL-2.0-or-later
// What is read of the machine for pods: marks of their links, and ports that sockets have.
#include <gmock/gmock.h>

#include "kernel/listening.hpp"
#include "kernel/netlink/veth.hpp"
#include "kernel/netns/space.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;

TEST(VethMark, SaysWhatIsAtTheOtherEnd) {
  const VethLink veth{"pod-a", 4026532001, *IpAddress::parse("10.101.0.3"), *IpAddress::parse("10.101.0.2")};
  const auto read = parse_veth_mark(veth_mark(veth));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, veth);
  EXPECT_EQ(read->number, 4026532001u);
}

TEST(VethMark, SaysItOfContainersToo) {
  VethLink veth{"/run/netns/c1", 4026532001, *IpAddress::parse("172.20.1.3"), *IpAddress::parse("172.20.1.2"),
                "net0"};
  EXPECT_EQ(parse_veth_mark(veth_mark(veth)), veth);
  veth.address6 = IpAddress::parse("2001:db8::3");
  veth.gateway6 = IpAddress::parse("2001:db8::2");
  EXPECT_EQ(parse_veth_mark(veth_mark(veth)), veth);
  VethLink later = veth;
  later.number = 1;
  EXPECT_NE(later, veth) << "a path is another namespace's by now";
}

TEST(VethMark, OfAnotherDeviceIsNone) {
  for (const char* alias :
       {"", "made by sluice", "made by sluice: pod-a", "made by sluice: pod-a x 10.0.0.1 10.0.0.2",
        "made by sluice: pod-a 1 10.0.0.1 10.0.0.2 more", "made by others: pod-a 1 10.0.0.1 10.0.0.2"})
    EXPECT_FALSE(parse_veth_mark(alias)) << alias;
}

TEST(VethAddress, DiffersAtBothEndsByOneBit) {
  const MacAddress own = veth_address("pod-a"), other = veth_peer_address(own);
  EXPECT_EQ(own[0], 0x02);
  EXPECT_EQ(other[0], 0x06);
  EXPECT_TRUE(std::equal(own.begin() + 1, own.end(), other.begin() + 1));
  EXPECT_NE(own, veth_address("pod-b"));
}

TEST(Listening, IsWhatTheTablesSay) {
  std::set<uint16_t> ports;
  add_listening(
      "  sl  local_address rem_address   st\n"
      "   0: 00000000:1F90 00000000:0000 0A 0\n"
      "   1: 0100007F:C001 0100007F:1F90 01 0\n"
      "   2: 00000000:XYZ 00000000:0000 0A 0\n"
      "   3: 00000000\n",
      true, ports);
  EXPECT_THAT(ports, ElementsAre(8080));
  add_listening("  12: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07\n",
                false, ports);
  EXPECT_THAT(ports, ElementsAre(53, 8080));
}

TEST(SpaceChange, IsReadBackFromItsWords) {
  const auto words = words_of({.name = "pod-a", .make = false, .number = 7});
  const auto read = space_change_of({words.begin() + 1, words.end()});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "pod-a");
  EXPECT_FALSE(read->make);
  EXPECT_EQ(read->number, 7u);
}

TEST(SpaceChange, IsOfPodsAlone) {
  const std::vector<std::vector<std::string>> wrong = {{},
                                                       {"make"},
                                                       {"make", "other", "0"},
                                                       {"make", "pod-/../x", "0"},
                                                       {"take", "pod-a", "0"},
                                                       {"make", "pod-a", "x"}};
  for (const auto& words : wrong) EXPECT_FALSE(space_change_of(words));
}

}   // namespace
}   // namespace sluice
