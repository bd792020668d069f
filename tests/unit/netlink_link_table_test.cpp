// SPDX-License-Identifier: GPL-2.0-or-later
// A list of the devices that is followed by news, against a real kernel's list of all.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <net/if.h>

#include <algorithm>

#include "../support/netlink_messages.hpp"
#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "kernel/netlink/link_table.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/made_links.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {
namespace {

using test::outcome, test::Texts;

std::string text_of(const ObservedLink& link) {
  std::string settings;
  for (const auto& value : link.settings) settings += value ? fmt::format(" {}", *value) : " -";
  return fmt::format("{} {} {} {} {} {} {:02x} above {} {}, in {} {}, other end {},{}", link.index, link.name,
                     link.kind, link.mtu, link.up, link.marked, fmt::join(link.mac, ":"), link.parent_index,
                     parent_of(link.parameters), link.master_index, link.master, link.other_end, settings);
}

Texts texts_of(const std::vector<ObservedLink>& links) {
  Texts texts;
  for (const ObservedLink& link : links) texts.push_back(text_of(link));
  std::ranges::sort(texts);
  return texts;
}

struct TableLab {
  RtnlSocket rtnl = RtnlSocket::open().value();
  LinkTable table = LinkTable::open().value();

  TableLab() {
    add_pair("left", "right");
    same("at first");
  }
  void add_pair(const std::string& one, const std::string& other) {
    EXPECT_EQ(outcome(rtnl.send(test::veth_pair_request(one, other))), "ok");
  }
  void up(const std::string& name, bool up = true) {
    EXPECT_EQ(outcome(set_link_up(rtnl, name, if_nametoindex(name.c_str()), up)), "ok");
  }
  void write(const std::string& path, const std::string& value) {
    EXPECT_EQ(outcome(write_sysctl(path, value)), "ok") << path;
    table.note_sysctl(path);
  }
  void same(const std::string& when) {
    EXPECT_EQ(texts_of(table.list().value()), texts_of(list_links(rtnl).value())) << when;
  }
};

TEST_IN_NETWORK(LinkTable, KnowsWhatComesGoesAndChanges) {
  TableLab lab;
  lab.up("left");
  lab.same("one is up");
  lab.up("right");
  lab.same("both are up, and addresses of IPv6 come by themselves");
  lab.add_pair("third", "fourth");
  lab.same("a pair has come");
  const MadeLink bridge{"br0", BridgeLink{}};
  const auto index = make_link(lab.rtnl, bridge);
  ASSERT_TRUE(index) << index.error().message;
  EXPECT_EQ(outcome(set_master(lab.rtnl, "third", 0, "br0")), "ok");
  lab.same("it is in a bridge");
  EXPECT_EQ(outcome(set_master(lab.rtnl, "third", 0, "")), "ok");
  lab.same("it is in none");
  EXPECT_EQ(outcome(remove_link(lab.rtnl, bridge, *index)), "ok");
  lab.same("the bridge has gone");
  lab.up("left", false);
  lab.same("one is down");
}

TEST_IN_NETWORK(LinkTable, KnowsSettingsThatWereWrittenHere) {
  TableLab lab;
  lab.write("net/ipv4/conf/left/arp_ignore", "1");
  lab.same("one of one device, of which the kernel tells nothing");
  lab.write("net/ipv4/conf/all/forwarding", "1");
  lab.same("one of all devices");
  lab.write("net/ipv6/conf/all/forwarding", "1");
  lab.same("the same of IPv6");
  lab.table.note_sysctl("net/ipv4/ip_forward");
  lab.table.note_sysctl("net/ipv4/conf/");
  lab.same("of no device");
}

TEST_IN_NETWORK(LinkTable, ListsAnewWhereMuchHasChanged) {
  TableLab lab;
  for (int number = 0; number < 80; ++number)
    lab.add_pair(fmt::format("a{}", number), fmt::format("b{}", number));
  lab.same("more than are asked for one by one");
  for (int turn = 0; turn < 1000; ++turn) lab.up("left", turn % 2 == 0);
  lab.same("more news than a socket has room for");
}

}   // namespace
}   // namespace sluice
