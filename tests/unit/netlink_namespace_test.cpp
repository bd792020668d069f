// SPDX-License-Identifier: GPL-2.0-or-later
// Against a real kernel, each test in a network namespace that it makes for itself.
#include <gtest/gtest.h>
#include <net/if.h>

#include <algorithm>
#include <thread>

#include "../support/netlink_messages.hpp"
#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/observe.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {
namespace {

using test::address, test::outcome, test::Texts;

struct VethLab {
  RtnlSocket rtnl = RtnlSocket::open().value();
  uint32_t index = 0;

  // eth1.20 and its other end, both up.
  VethLab() {
    EXPECT_EQ(outcome(rtnl.send(test::veth_pair_request("eth1.20", "peer0"))), "ok");
    index = if_nametoindex("eth1.20");
    EXPECT_EQ(outcome(set_link_up(rtnl, "eth1.20", index)), "ok");
    EXPECT_EQ(outcome(set_link_up(rtnl, "peer0", if_nametoindex("peer0"))), "ok");
  }
  std::string add(std::string_view text) {
    return outcome(add_address(rtnl, "eth1.20", index, address(text)));
  }
  std::string remove(std::string_view text) {
    return outcome(remove_address(rtnl, "eth1.20", index, address(text)));
  }
  // Those of the device without the link-local one that the kernel makes, sorted.
  std::vector<std::string> addresses() {
    std::vector<std::string> texts;
    const auto all = list_addresses(rtnl).value();
    for (const LinkAddress& found : all) {
      const auto& own = found.address.address;
      if (found.index == index && !own.address.is_link_local()) texts.push_back(own.to_string());
    }
    std::ranges::sort(texts);
    return texts;
  }
};

TEST_IN_NETWORK(NetlinkNamespace, LinksAreListed) {
  VethLab lab;
  const auto links = list_links(lab.rtnl).value();
  const auto veth = std::ranges::find(links, "eth1.20", &ObservedLink::name);
  ASSERT_NE(veth, links.end());
  EXPECT_EQ(veth->kind, "veth");
  EXPECT_EQ(veth->mtu, 1500u);
  EXPECT_TRUE(veth->up);
  EXPECT_TRUE(veth->has_ethernet);
  EXPECT_NE(veth->mac, (std::array<uint8_t, 6>{}));
  const auto loopback = std::ranges::find(links, "lo", &ObservedLink::name);
  ASSERT_NE(loopback, links.end());
  EXPECT_FALSE(loopback->up);
}

TEST_IN_NETWORK(NetlinkNamespace, ALinkGoesUpAndDown) {
  VethLab lab;
  EXPECT_EQ(outcome(set_link_up(lab.rtnl, "eth1.20", lab.index, false)), "ok");
  const auto links = list_links(lab.rtnl).value();
  EXPECT_FALSE(std::ranges::find(links, "eth1.20", &ObservedLink::name)->up);
  EXPECT_EQ(outcome(set_link_up(lab.rtnl, "eth9", 999)), "set eth9 up: No such device");
}

TEST_IN_NETWORK(NetlinkNamespace, AddressesComeAndGoAndTwiceIsNoHarm) {
  VethLab lab;
  for (const auto* text : {"192.0.2.1/24", "2001:db8:10::1/64"}) {
    EXPECT_EQ(lab.add(text), "ok");
    EXPECT_EQ(lab.add(text), "ok") << "there already";
    EXPECT_EQ(lab.addresses(), Texts{text});
    EXPECT_EQ(lab.remove(text), "ok");
    EXPECT_EQ(lab.remove(text), "ok") << "gone already";
    EXPECT_EQ(lab.addresses(), Texts{});
  }
}

// Kernels before 5.18 keep no mark.
ObservedAddress unmarked(ObservedAddress seen) {
  seen.marked = false;
  return seen;
}

TEST_IN_NETWORK(NetlinkNamespace, AnIpv6AddressWorksAtOnce) {
  VethLab lab;
  EXPECT_EQ(lab.add("2001:db8:10::1/64"), "ok");
  const auto all = list_addresses(lab.rtnl).value();
  const ObservedAddress usable{address("2001:db8:10::1/64"), false};
  EXPECT_EQ(
      std::ranges::count_if(all, [&](const LinkAddress& own) { return unmarked(own.address) == usable; }), 1);
}

TEST_IN_NETWORK(NetlinkNamespace, TheSameIpv6AddressWithAnotherLengthIsToldOf) {
  VethLab lab;
  EXPECT_EQ(lab.add("2001:db8::1/128"), "ok");
  EXPECT_EQ(lab.add("2001:db8::1/64"),
            "add address 2001:db8::1/64 to eth1.20: it is there as 2001:db8::1/128; remove that one first");
}

TEST_IN_NETWORK(NetlinkNamespace, RemovingTheFirstAddressOfASubnetLeavesTheOthers) {
  VethLab lab;
  for (const auto* text : {"192.0.2.1/24", "192.0.2.2/24", "192.0.2.3/24"}) EXPECT_EQ(lab.add(text), "ok");
  EXPECT_EQ(lab.remove("192.0.2.1/24"), "ok");
  EXPECT_EQ(lab.addresses(), (Texts{"192.0.2.2/24", "192.0.2.3/24"}));
  EXPECT_EQ(read_sysctl("net/ipv4/conf/eth1.20/promote_secondaries").value(), "0") << "as it was";
}

TEST_IN_NETWORK(NetlinkNamespace, ADeviceThatIsGoneHasNoAddressToRemoveAndTakesNone) {
  VethLab lab;
  EXPECT_EQ(outcome(remove_address(lab.rtnl, "eth9", 999, address("192.0.2.1/24"))), "ok");
  EXPECT_EQ(outcome(remove_address(lab.rtnl, "eth9", 999, address("2001:db8::1/64"))), "ok");
  EXPECT_EQ(outcome(remove_address(lab.rtnl, "eth9", 0, address("192.0.2.1/24"))), "ok");
  const auto added = outcome(add_address(lab.rtnl, "eth9", 999, address("192.0.2.1/24")));
  EXPECT_TRUE(added.starts_with("add address 192.0.2.1/24 to eth9: No such device")) << added;
}

TEST_IN_NETWORK(NetlinkNamespace, ARefusalQuotesTheKernel) {
  VethLab lab;
  auto request =
      NlRequest(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "create x0")
          .header(ifinfomsg{})
          .text(IFLA_IFNAME, "x0")
          .nest(IFLA_LINKINFO, [](NlRequest&& info) { std::move(info).text(IFLA_INFO_KIND, "nosuchkind"); });
  EXPECT_EQ(outcome(lab.rtnl.send(std::move(request))),
            "create x0: Operation not supported (Unknown device type)");
}

TEST_IN_NETWORK(NetlinkNamespace, Ipv6SwitchedOffIsAFailureOfTheDeviceNotOfPrivilege) {
  VethLab lab;
  ASSERT_EQ(outcome(write_sysctl("net/ipv6/conf/eth1.20/disable_ipv6", "1")), "ok");
  const auto added = add_address(lab.rtnl, "eth1.20", lab.index, address("2001:db8::1/64"));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::kFailed);
  EXPECT_EQ(lab.remove("2001:db8::1/64"), "ok");
}

TEST_IN_NETWORK(NetlinkNamespace, ATableThatChangesWhileItIsReadIsReadAgain) {
  VethLab lab;
  constexpr int kStable = 3000;   // many datagrams
  const auto stable = [](int number) {
    return InterfaceAddress{IpAddress::from_ipv4(0x0a000000).plus(number), 32};
  };
  for (int number = 1; number <= kStable; ++number) {
    ASSERT_EQ(outcome(add_address(lab.rtnl, "eth1.20", lab.index, stable(number))), "ok");
  }
  std::jthread flapping([index = lab.index](std::stop_token stop) {
    RtnlSocket rtnl = RtnlSocket::open().value();
    while (!stop.stop_requested()) {
      static_cast<void>(add_address(rtnl, "eth1.20", index, address("192.0.2.7/24")));
      static_cast<void>(remove_address(rtnl, "eth1.20", index, address("192.0.2.7/24")));
    }
  });
  const auto is_stable = [](const LinkAddress& own) { return own.address.address.length == 32; };
  int complete = 0;
  while (complete < 10) {
    const auto found = list_addresses(lab.rtnl);
    if (!found) continue;   // changed ten times in a row: said so, and that is right
    EXPECT_EQ(std::ranges::count_if(*found, is_stable), kStable);
    ++complete;
  }
}

TEST_IN_NETWORK(NetlinkNamespace, SettingsAreThoseOfTheOwnNamespace) {
  ASSERT_EQ(read_sysctl("net/ipv4/ip_forward").value(), "0") << "a new namespace starts without";
  EXPECT_EQ(read_sysctl("net/ipv4/conf/eth1.20/forwarding").value(), std::nullopt);
  VethLab lab;
  EXPECT_EQ(outcome(write_sysctl("net/ipv4/conf/eth1.20/forwarding", "1")), "ok");
  EXPECT_EQ(read_sysctl("net/ipv4/conf/eth1.20/forwarding").value(), "1");
  EXPECT_EQ(read_sysctl("net/ipv4/conf/peer0/forwarding").value(), "0");
}

TEST_IN_NETWORK(NetlinkNamespace, ObservingJoinsDevicesAddressesAndSettings) {
  VethLab lab;
  EXPECT_EQ(lab.add("192.0.2.1/24"), "ok");
  const auto observed = observe_network();
  ASSERT_TRUE(observed) << observed.error().message;
  ASSERT_TRUE(observed->links.contains("eth1.20"));
  const auto& own = observed->links.at("eth1.20").addresses;
  EXPECT_EQ(std::ranges::count(own, address("192.0.2.1/24"), &ObservedAddress::address), 1);
  EXPECT_TRUE(observed->links.at("peer0").addresses.size() <= 1) << "at most its link-local one";
  for (const auto* path :
       {"net/ipv4/ip_forward", "net/ipv4/conf/all/forwarding", "net/ipv4/conf/default/forwarding",
        "net/ipv4/conf/lo/forwarding", "net/ipv6/conf/all/forwarding", "net/ipv6/conf/lo/forwarding",
        "net/ipv4/conf/eth1.20/forwarding", "net/ipv6/conf/peer0/forwarding", "net/ipv4/conf/all/rp_filter",
        "net/ipv4/conf/eth1.20/rp_filter"}) {
    EXPECT_TRUE(observed->sysctls.contains(path)) << path;
  }
  EXPECT_EQ(observed->sysctls.at("net/ipv4/ip_forward"), "0");
}

TEST_IN_NETWORK(NetlinkNamespace, ObservingNeedsNoPrivilege) {
  VethLab lab;
  ASSERT_EQ(::setuid(65534), 0);
  const auto observed = observe_network();
  ASSERT_TRUE(observed) << observed.error().message;
  EXPECT_TRUE(observed->links.contains("eth1.20"));
  const auto refused = add_address(lab.rtnl, "eth1.20", lab.index, address("192.0.2.1/24"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kNotPermitted);
}

}   // namespace
}   // namespace sluice
