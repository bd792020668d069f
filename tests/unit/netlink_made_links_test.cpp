// SPDX-License-Identifier: GPL-2.0-or-later
// Devices that sluice makes: what the kernel is told, and what it makes of it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "../support/netlink_messages.hpp"
#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "kernel/netlink/link_contents.hpp"
#include "kernel/netlink/link_kinds.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/made_links.hpp"

namespace sluice {
namespace {

using test::ip, test::outcome;

std::string hex_after_name(const NlRequest& request) {
  std::string text;
  for (const std::byte byte : request.bytes().subspan(16))
    text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

TEST(MadeLinkRequest, AVrfHasItsTable) {
  EXPECT_EQ(hex_after_name(make_link_request({"red", VrfLink{1100}}, 0, 0)),
            "00000000000000000000000000000000"          // any device, any number
            "080003007265640018001280080001007672660"   // IFLA_IFNAME red, IFLA_LINKINFO, kind vrf
            "00c000280080001004c040000");               // IFLA_INFO_DATA, table 1100
}

TEST(MadeLinkRequest, AVlanHasItsParentIdAndProtocol) {
  EXPECT_EQ(hex_after_name(make_link_request({"a.2", VlanLink{"a", 20, true}}, 0, 7)),
            "00000000000000000000000000000000"
            "08000300612e3200"
            "0800050007000000"   // IFLA_IFNAME, IFLA_LINK 7
            "24001280"
            "09000100766c616e00000000"   // kind vlan
            "14000280"
            "0600010014000000"
            "0600050088a80000");
}

TEST(MadeLinkRequest, AVlanByTagsIsAVethWithItsParentsAddress) {
  const ObservedLink parent{.name = "a", .index = 3, .mtu = 1400, .mac = {2, 0, 0, 0, 0, 7}};
  EXPECT_EQ(hex_after_name(make_vlan_by_tags_request({"a.2", VlanLink{"a", 2, false, true}}, 0, parent)),
            "00000000000000000000000000000000"
            "08000300612e3200"           // IFLA_IFNAME a.2
            "0800040078050000"           // IFLA_MTU 1400
            "0a0001000200000000070000"   // IFLA_ADDRESS
            "3c001280"
            "0900010076657468"
            "00000000"   // kind veth
            "2c000280"
            "28000100"   // VETH_INFO_PEER
            "00000000000000000000000000000000"
            "0c0003007461672e332e3200"   // IFLA_IFNAME tag.3.2
            "0800040078050000");
}

TEST(MadeLinkRequest, ATunnelOfTheKernelIsItsKindAlone) {
  EXPECT_EQ(hex_after_name(make_link_request({"wg0", WireguardLink{}}, 0, 0)),
            "00000000000000000000000000000000"
            "0800030077673000"
            "140012800e000100776972656775617264000000");   // IFLA_IFNAME wg0, kind wireguard
}

TEST(MadeLinkRequest, ATunnelIsAskedForByANameThatCannotBe) {
  EXPECT_EQ(hex_after_name(kind_request("wireguard")),
            "00000000000000000000000000000000"
            "060003002f000000"
            "140012800e000100776972656775617264000000");   // IFLA_IFNAME /, kind wireguard
}

TEST(MadeLinkRequest, TheMasterIsANumberAndNoneIsZero) {
  EXPECT_EQ(hex_after_name(set_master_request("a", 5, "br0", 9)),
            "00000000050000000000000000000000"
            "08000a0009000000");
  EXPECT_EQ(hex_after_name(set_master_request("a", 5, "", 0)),
            "00000000050000000000000000000000"
            "08000a0000000000");
}

TEST(MadeLinkRequest, EachSaysWhatWasAttempted) {
  EXPECT_EQ(make_link_request({"br0", BridgeLink{}}, 0, 0).attempt(), "make bridge br0");
  EXPECT_EQ(remove_link_request({"vx7", VxlanLink{7, ip("192.0.2.1"), 4789}}, 3).attempt(),
            "remove VXLAN 7 of 192.0.2.1 port 4789 as vx7");
  EXPECT_EQ(make_link_request({"wg-home", WireguardLink{}}, 0, 0).attempt(), "make WireGuard tunnel wg-home");
  EXPECT_EQ(set_master_request("a", 5, "", 0).attempt(), "take a out of its bridge or VRF");
}

std::optional<ObservedLink> seen(RtnlSocket& rtnl, const std::string& name) {
  const auto links = list_links(rtnl).value();
  const auto at = std::ranges::find(links, name, &ObservedLink::name);
  return at == links.end() ? std::nullopt : std::optional(*at);
}

void expect_as_made(const MadeLink& link) {
  RtnlSocket rtnl = RtnlSocket::open().value();
  const auto index = make_link(rtnl, link, 77);
  ASSERT_TRUE(index) << index.error().message;
  EXPECT_EQ(*index, 77u);
  const auto found = seen(rtnl, link.name);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->parameters, link.parameters);
  EXPECT_EQ(found->kind, kind_name(link.parameters));
  EXPECT_EQ(outcome(remove_link(rtnl, link, 77)), "ok");
  EXPECT_EQ(outcome(remove_link(rtnl, link, 77)), "ok") << "gone already";
  EXPECT_FALSE(seen(rtnl, link.name));
}

TEST_IN_NETWORK(MadeLinks, ABridgeIsSeenAsItWasMade) { expect_as_made({"br0", BridgeLink{}}); }

TEST_IN_NETWORK(MadeLinks, AVxlanIsSeenAsItWasMade) {
  expect_as_made({"vx7", VxlanLink{7007, ip("192.0.2.1"), 4790, false}});
  expect_as_made({"vx8", VxlanLink{16777215, ip("2001:db8::1"), 4789, true}});
}

// By a device: here any one that is there.
TEST_IN_NETWORK(MadeLinks, TunnelsThatLeaveByADeviceAreSeenAsTheyWereMade) {
  RtnlSocket rtnl = RtnlSocket::open().value();
  const uint32_t lower = make_link(rtnl, {"low", BridgeLink{}}).value();
  expect_as_made({"vx7", VxlanLink{7007, ip("192.0.2.1"), 4791, false, true, true}});
  const uint32_t index =
      make_link(rtnl, {"vx7", VxlanLink{7, ip("192.0.2.1"), 4791, false, true, true}}).value();
  const ForwardingEntry entry{{}, ip("192.0.2.7"), lower};
  EXPECT_EQ(outcome(add_entry(rtnl, "vx7", index, entry)), "ok");
  EXPECT_EQ(list_entries(rtnl, index).value(), std::set<ForwardingEntry>{entry});
  EXPECT_EQ(outcome(remove_entry(rtnl, "vx7", index, entry)), "ok");
  EXPECT_TRUE(list_entries(rtnl, index).value().empty());
}

TEST_IN_NETWORK(MadeLinks, AGretapIsSeenAsItWasMadeAndChanged) {
  RtnlSocket rtnl = RtnlSocket::open().value();
  if (refusal_of_kind(rtnl, "gretap").value()) GTEST_SKIP() << "the kernel makes no GRETAP devices";
  ASSERT_TRUE(make_link(rtnl, {"low", BridgeLink{}}));
  const GretapLink one{ip("192.0.2.1"), ip("192.0.2.2"), "low"},
      other{ip("192.0.2.1"), ip("192.0.2.3"), "low"};
  expect_as_made({"gt1-2", one});
  const uint32_t index = make_link(rtnl, {"gt1-2", one}).value();
  EXPECT_EQ(outcome(change_link(rtnl, {"gt1-2", other}, index)), "ok");
  EXPECT_EQ(seen(rtnl, "gt1-2")->parameters, LinkParameters(other));
}

TEST_IN_NETWORK(MadeLinks, AVxlanHasTheSameAddressWheneverItIsMade) {
  RtnlSocket rtnl = RtnlSocket::open().value();
  const auto mac_of = [&](const VxlanLink& vxlan) {
    const MadeLink link{"vx7", vxlan};
    EXPECT_TRUE(make_link(rtnl, link));
    const auto made = *seen(rtnl, "vx7");
    EXPECT_EQ(outcome(remove_link(rtnl, link, made.index)), "ok");
    return made.mac;
  };
  const VxlanLink one{7, ip("192.0.2.1"), 4789, true};
  const auto mac = mac_of(one);
  EXPECT_EQ(mac[0], 2) << "locally administered, and no group";
  EXPECT_EQ(mac_of(one), mac);
  EXPECT_NE(mac_of({8, one.local, one.port, true}), mac);
  EXPECT_NE(mac_of({7, ip("192.0.2.2"), one.port, true}), mac) << "the other end, on the same machine";
}

TEST_IN_NETWORK(MadeLinks, OneThatIsThereIsNotTouched) {
  RtnlSocket rtnl = RtnlSocket::open().value();
  ASSERT_TRUE(make_link(rtnl, {"br0", BridgeLink{}}));
  EXPECT_EQ(make_link(rtnl, {"br0", BridgeLink{}}).error().message, "make bridge br0: File exists");
}

TEST_IN_NETWORK(MadeLinks, AMemberHasItsMasterUntilItIsTakenOut) {
  RtnlSocket rtnl = RtnlSocket::open().value();
  ASSERT_TRUE(make_link(rtnl, {"br0", BridgeLink{}}));
  ASSERT_EQ(outcome(rtnl.send(test::veth_pair_request("eth2", "peer0"))), "ok");
  const auto before = seen(rtnl, "br0")->mac;
  EXPECT_EQ(outcome(set_master(rtnl, "eth2", 0, "br0")), "ok");
  EXPECT_EQ(seen(rtnl, "eth2")->master, "br0");
  EXPECT_EQ(seen(rtnl, "br0")->mac, before) << "neighbours of the bridge know it by its address";
  EXPECT_EQ(outcome(set_master(rtnl, "eth2", seen(rtnl, "eth2")->index, "")), "ok");
  EXPECT_EQ(seen(rtnl, "eth2")->master, "");
  EXPECT_NE(outcome(set_master(rtnl, "eth2", 0, "br1")), "ok");
}

TEST(LinkContentRequest, AnEntryForEverybodyIsAppendedAndOneForADeviceReplaced) {
  const auto everybody = add_entry_request("vx7", 5, {{}, ip("192.0.2.7")});
  EXPECT_EQ(hex_after_name(everybody),
            "0700000005000000c0000200"   // PF_BRIDGE, device 5, permanent and without ARP, the device itself
            "0a0002000000000000000000"   // NDA_LLADDR, all zeros
            "08000100c0000207");
}

TEST_IN_NETWORK(LinkContents, StationsAreSingleAddressesBehindARemote) {
  RtnlSocket rtnl = RtnlSocket::open().value();
  const uint32_t index = make_link(rtnl, {"vx7", VxlanLink{7, ip("192.0.2.1"), 4789, true}}).value();
  const ForwardingEntry all{{}, ip("192.0.2.7")}, one{{2, 0, 0x5e, 0, 0x53, 1}, ip("192.0.2.8")};
  for (const auto& entry : {all, one}) EXPECT_EQ(outcome(add_entry(rtnl, "vx7", index, entry)), "ok");
  const auto stations = list_fdb(rtnl, index).value();
  ASSERT_EQ(stations.size(), 1u);
  EXPECT_EQ(stations.front().mac, one.mac);
  EXPECT_EQ(stations.front().remote, one.remote);
  EXPECT_FALSE(stations.front().learned);
  EXPECT_TRUE(list_fdb(rtnl, index + 1).value().empty());
}

TEST_IN_NETWORK(LinkContents, AVxlanSendsWhereItWasTold) {
  RtnlSocket rtnl = RtnlSocket::open().value();
  const uint32_t index = make_link(rtnl, {"vx7", VxlanLink{7, ip("192.0.2.1"), 4789, true}}).value();
  const ForwardingEntry all{{}, ip("192.0.2.7")}, others{{}, ip("192.0.2.8")};
  const ForwardingEntry one{{2, 0, 0x5e, 0, 0x53, 1}, ip("192.0.2.7")};
  for (const auto& entry : {all, others, one, all})
    EXPECT_EQ(outcome(add_entry(rtnl, "vx7", index, entry)), "ok");
  EXPECT_EQ(list_entries(rtnl, index).value(), (std::set<ForwardingEntry>{all, others, one}));
  for (int twice = 0; twice < 2; ++twice) EXPECT_EQ(outcome(remove_entry(rtnl, "vx7", index, others)), "ok");
  const ForwardingEntry moved{one.mac, ip("192.0.2.9")};
  EXPECT_EQ(outcome(add_entry(rtnl, "vx7", index, moved)), "ok");
  EXPECT_EQ(list_entries(rtnl, index).value(), (std::set<ForwardingEntry>{all, moved}));
  EXPECT_EQ(outcome(set_mtu(rtnl, "vx7", index, 1333)), "ok");
  EXPECT_EQ(seen(rtnl, "vx7")->mtu, 1333u);
}

TEST_IN_NETWORK(MadeLinks, AKindIsAskedForAndNothingIsMade) {
  RtnlSocket rtnl = RtnlSocket::open().value();
  const size_t before = list_links(rtnl).value().size();
  EXPECT_EQ(refusal_of_kind(rtnl, "bridge").value(), std::nullopt);
  EXPECT_EQ(refusal_of_kind(rtnl, "vxlan").value(), std::nullopt);
  EXPECT_EQ(refusal_of_kind(rtnl, "nonsense").value(),
            "ask for nonsense devices: Operation not supported (Unknown device type)");
  EXPECT_EQ(list_links(rtnl).value().size(), before);
}

}   // namespace
}   // namespace sluice
