// SPDX-License-Identifier: GPL-2.0-or-later
// Tags at XDP: which interface a frame belongs to, and the tags that it leaves with. `lan` is the trunk.
// Lengths and bytes are compared with frames that a test writes itself.
#include "support/bpf_test.hpp"
#include "support/devices.hpp"

namespace sluice::test {
namespace {

struct Tag {
  uint16_t type = 0x8100, tci = 20;
};

Bytes with_tags(Bytes frame, const std::vector<Tag>& tags) {
  Bytes words;
  for (const Tag& tag : tags)
    for (const uint16_t word : {tag.type, tag.tci}) {
      words.push_back(static_cast<uint8_t>(word >> 8));
      words.push_back(static_cast<uint8_t>(word));
    }
  frame.insert(frame.begin() + 12, words.begin(), words.end());
  return frame;
}

// What it would be without them; fails where these are not its tags.
Bytes without_tags(Bytes frame, const std::vector<Tag>& tags) {
  const Bytes head(frame.begin(), frame.begin() + 12);
  const Bytes rest(frame.begin() + 12 + static_cast<ptrdiff_t>(4 * tags.size()), frame.end());
  Bytes bare = head;
  bare.insert(bare.end(), rest.begin(), rest.end());
  EXPECT_EQ(with_tags(bare, tags), frame);
  return bare;
}

class Vlans : public LabTest {
 protected:
  Vlans() { use_vlans({{"dmz", {"lan", 20, false}}}); }
  ~Vlans() override { use_vlans({}); }

  void use_vlans(const std::map<std::string, VlanLink>& vlans) {
    lab.pretend({vlans.begin(), vlans.end()});
    use(home_rules());
  }
  // From a host of the dmz, over the trunk.
  Outcome tagged(const Layers& layers, const std::vector<Tag>& tags, At owner = At::kDmz) {
    return lab.arrive_bytes(Hook::kXdp, At::kLan, with_tags(lab.framed(owner, layers), tags));
  }
  Outcome from_wan(const Layers& layers) { return lab.arrive(Hook::kXdp, At::kWan, layers); }
};

const Layers kOut = Ip4{.src = kDmz, .dst = kFar} / Udp{.sport = 1111, .dport = 53};
const Layers kBack = Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 53, .dport = 1111};

TEST_F(Vlans, AreTakenOffAndPutOn) {
  const Outcome out = tagged(kOut, {{}});
  ASSERT_EQ(out.what, "forwarded");
  EXPECT_FALSE(out.handed_on);
  EXPECT_EQ(out.view().flaws(), "");
  EXPECT_EQ(out.view().src, kWanAddress);
  EXPECT_EQ(out.view().src_mac, lab.mac(At::kWan));
  const Outcome back = from_wan(kBack);
  ASSERT_EQ(back.what, "forwarded");
  EXPECT_FALSE(back.handed_on);
  const View bare(without_tags(back.frame, {{}}));
  EXPECT_EQ(bare.flaws(), "");
  EXPECT_EQ(bare.dst, kDmz);
  EXPECT_EQ(bare.src_mac, lab.mac(At::kDmz));
}

TEST_F(Vlans, CarryIpv6) {
  const Outcome out = tagged(Ip6{.src = kDmz6, .dst = kFar6} / Udp{.sport = 1111, .dport = 53}, {{}});
  ASSERT_EQ(out.what, "forwarded");
  EXPECT_EQ(out.view().flaws(), "");
  const Outcome back =
      from_wan(Ip6{.src = kFar6, .dst = out.view().src} / Udp{.sport = 53, .dport = out.view().sport});
  ASSERT_EQ(back.what, "forwarded");
  EXPECT_EQ(View(without_tags(back.frame, {{}})).dst, kDmz6);
}

TEST_F(Vlans, ATagBecomesAnother) {
  use_vlans({{"dmz", {"lan", 20, false}}, {"wan", {"lan", 30, false}}});
  const Outcome out = tagged(kOut, {{}});
  ASSERT_EQ(out.what, "forwarded");
  EXPECT_EQ(View(without_tags(out.frame, {{.tci = 30}})).src, kWanAddress);
  const Outcome back = tagged(kBack, {{.tci = 30}}, At::kWan);
  ASSERT_EQ(back.what, "forwarded");
  EXPECT_EQ(View(without_tags(back.frame, {{.tci = 20}})).dst, kDmz);
}

TEST_F(Vlans, InAVlanAreQinQ) {
  const std::map<std::string, VlanLink> inner{{"dmz", {"bare", 5, false}}, {"bare", {"lan", 100, true}}};
  const std::vector<Tag> both{{0x88a8, 100}, {0x8100, 5}};
  use_vlans(inner);
  ASSERT_EQ(tagged(kOut, both).what, "forwarded");
  EXPECT_TRUE(from_wan(kBack).handed_on)
      << "a redirect refuses frames with two tags and as much as the trunk takes";
  ASSERT_TRUE(set_mtu("dmz", 1496));
  use_vlans(inner);
  ASSERT_EQ(tagged(kOut, both).what, "forwarded");
  const Outcome back = from_wan(kBack);
  ASSERT_EQ(back.what, "forwarded");
  EXPECT_FALSE(back.handed_on);
  EXPECT_EQ(View(without_tags(back.frame, both)).dst, kDmz);
  ASSERT_TRUE(set_mtu("dmz", 1500));
  for (const std::vector<Tag>& wrong :
       std::vector<std::vector<Tag>>{{{0x8100, 5}},
                                     {{0x8100, 100}, {0x8100, 5}},
                                     {{0x88a8, 100}, {0x88a8, 5}},
                                     {{0x88a8, 100}, {0x8100, 6}},
                                     {{0x88a8, 100}, {0x8100, 5}, {0x8100, 5}}})
    EXPECT_EQ(tagged(kOut, wrong).what, "dropped: VLAN");
}

TEST_F(Vlans, TheTagSaysWhoItIs) {
  EXPECT_EQ(lab.arrive_bytes(Hook::kXdp, At::kLan, lab.framed(At::kLan, kOut)).what, "dropped: SPOOFED")
      << "without a tag it is the trunk's";
  EXPECT_EQ(tagged(Ip4{.src = kInside, .dst = kFar} / Udp{}, {{}}).what, "dropped: SPOOFED");
  EXPECT_EQ(tagged(kOut, {{}}, At::kLan).handed_on, true) << "another machine's MAC address, in that VLAN";
}

TEST_F(Vlans, OfNobodyAreDropped) {
  for (const Tag& tag : {Tag{.tci = 21}, Tag{0x88a8, 20}, Tag{.tci = 4095}})
    EXPECT_EQ(tagged(kOut, {tag}).what, "dropped: VLAN") << tag.type << " " << tag.tci;
  EXPECT_EQ(tagged(kOut, {{}, {}}).what, "dropped: VLAN") << "a tag inside of a VLAN that carries none";
  EXPECT_EQ(lab.arrive_bytes(Hook::kXdp, At::kWan, with_tags(lab.framed(At::kWan, kBack), {{}})).what,
            "dropped: VLAN")
      << "the same number on another trunk";
}

TEST_F(Vlans, APriorityInATagIsNoOtherVlan) {
  ASSERT_EQ(tagged(kOut, {{.tci = 0xe000 | 20}}).what, "forwarded");
  EXPECT_EQ(View(without_tags(from_wan(kBack).frame, {{}})).dst, kDmz) << "and is not given back";
}

// IEEE 802.1Q: id 0 says nothing but the priority.
TEST_F(Vlans, PrioritiesAreNone) {
  const Tag priority{.tci = 0xa000}, service{0x88a8, 0}, vlan{};
  for (const std::vector<Tag>& tags : std::vector<std::vector<Tag>>{
           {vlan, priority}, {priority, vlan}, {service, vlan}, {service, priority, vlan}}) {
    const Outcome out = tagged(kOut, tags);
    ASSERT_EQ(out.what, "forwarded") << "they belong to the VLAN";
    EXPECT_EQ(out.view().flaws(), "");
    EXPECT_EQ(out.view().src, kWanAddress);
    EXPECT_EQ(View(without_tags(from_wan(kBack).frame, {vlan})).dst, kDmz);
  }
  const Layers from_trunk = Ip4{.src = kInside, .dst = kFar} / Udp{.sport = 1112, .dport = 53};
  const Outcome out = tagged(from_trunk, {priority}, At::kLan);
  ASSERT_EQ(out.what, "forwarded") << "it belongs to the trunk";
  EXPECT_FALSE(out.handed_on);
  EXPECT_EQ(out.view().flaws(), "");
  EXPECT_EQ(tagged(kOut, {priority}).what, "ignored") << "the VLAN's MAC address is not the trunk's";
  EXPECT_EQ(tagged(kOut, {priority, {.tci = 21}}).what, "dropped: VLAN");
  EXPECT_EQ(tagged(kOut, {priority, priority, priority, priority}).what, "dropped: VLAN") << "too many";
}

TEST_F(Vlans, OfTheKernelAreLeftToIt) {
  use_vlans({{"foreign", {"lan", 40, false}}});
  EXPECT_EQ(tagged(kOut, {{.tci = 40}}).what, "ignored");
}

TEST_F(Vlans, WhatIsNotIpIsHandedOn) {
  const Layers arp = Eth{.dst = lab.mac(At::kDmz), .type = 0x0806} / Bytes(46);
  EXPECT_TRUE(tagged(arp, {{}}).handed_on);
  EXPECT_EQ(tagged(arp, {{.tci = 21}}).what, "dropped: VLAN");
}

TEST_F(Vlans, ACutTagIsTooShort) {
  Bytes frame = with_tags(lab.framed(At::kDmz, kOut), {{}});
  frame.resize(17);
  EXPECT_EQ(lab.arrive_bytes(Hook::kXdp, At::kLan, frame).what, "dropped: TOO_SHORT");
}

TEST_F(Vlans, AtTcTheTrunkGetsThem) {
  lab.arrive(Hook::kTcIngress, At::kDmz, kOut);
  const Outcome back = lab.arrive(Hook::kTcIngress, At::kWan, kBack);
  EXPECT_EQ(back.what, "forwarded");
  EXPECT_EQ(back.view().dst, kDmz) << "the tag lies beside the packet, where a test run does not show it";
}

}   // namespace
}   // namespace sluice::test
