// SPDX-License-Identifier: GPL-2.0-or-later
// A gateway of the kernel's own in this network namespace: it forwards between lan and wan, and what stands
// at the far ends is packets by hand.
#pragma once

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdio>
#include <optional>
#include <string>

#include "../bpf/support/devices.hpp"
#include "../bpf/support/packet.hpp"
#include "../bpf/support/view.hpp"
#include "base/unique_fd.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice::test {

// The far end of a device: what it sends arrives there, what leaves there it gets.
class FarEnd {
 public:
  FarEnd(const std::string& device, const Mac& mac)
      : mac_(mac), socket_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL))) {
    const std::string peer = device + "-peer";
    const sockaddr_ll at{.sll_family = AF_PACKET,
                         .sll_protocol = htons(ETH_P_ALL),
                         .sll_ifindex = static_cast<int>(if_nametoindex(peer.c_str()))};
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof(at)), 0);
  }

  void send(const Layers& layers) {
    const Bytes frame = build(Eth{.dst = mac_, .src = {2, 0, 0, 0, 0, 9}} / layers);
    EXPECT_EQ(::send(socket_.get(), frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
  }

  // The next packet that is of a flow; nullopt: none came within two seconds.
  std::optional<View> receive() {
    for (pollfd wait{socket_.get(), POLLIN, 0}; poll(&wait, 1, 2000) > 0;) {
      Bytes frame(2000);
      const ssize_t size = recv(socket_.get(), frame.data(), frame.size(), 0);
      if (size <= 0) break;
      frame.resize(static_cast<size_t>(size));
      View view(frame);
      if (is_of_a_flow(view)) return view;
    }
    return std::nullopt;
  }

 private:
  // Neighbour discovery and multicast of the device itself are none.
  static bool is_of_a_flow(const View& view) {
    if (!view.family || view.protocol == kHopByHop) return false;
    return view.protocol != kIcmp6 || view.icmp_type == 128 || view.icmp_type == 129;
  }

  Mac mac_;
  UniqueFd socket_;
};

class Gateway {
 public:
  static constexpr Mac kNeighbour{2, 0, 0, 0, 0, 9};

  Gateway() {
    for (const char* device : {"lan", "wan"}) EXPECT_TRUE(make_device(device));
    add("lan", {"192.168.10.1/24", "2001:db8:10::1/64"});
    add("wan", {"203.0.113.1/24", "203.0.113.5/24", "2001:db8:f::1/64"});
    for (const char* host : {"192.168.10.2", "192.168.10.3", "2001:db8:10::2"})
      EXPECT_TRUE(add_neighbour("lan", host, kNeighbour));
    for (const char* host : {"203.0.113.9", "2001:db8:f::9"})
      EXPECT_TRUE(add_neighbour("wan", host, kNeighbour));
    EXPECT_TRUE(write_sysctl("net/ipv4/ip_forward", "1"));
    EXPECT_TRUE(write_sysctl("net/ipv6/conf/all/forwarding", "1"));
    EXPECT_TRUE(write_sysctl("net/ipv4/conf/lan/send_redirects", "0"));
    // With it, some kernels take every UDP-Lite packet for a damaged one.
    EXPECT_TRUE(write_sysctl("net/netfilter/nf_conntrack_checksum", "0"));
  }

  FarEnd far_end(const std::string& device) {
    const auto links = list_links(rtnl_).value();
    for (const ObservedLink& link : links)
      if (link.name == device) return FarEnd(device, link.mac);
    ADD_FAILURE() << device;
    return FarEnd(device, {});
  }

  // Rules in nft's own language; false: it is not there.
  static bool filter(const std::string& rules) {
    FILE* nft = popen("nft -f -", "w");
    if (!nft) return false;
    std::fputs(rules.c_str(), nft);
    return pclose(nft) == 0;
  }

 private:
  void add(const std::string& device, std::initializer_list<const char*> addresses) {
    for (const char* text : addresses)
      EXPECT_TRUE(
          add_address(rtnl_, device, if_nametoindex(device.c_str()), InterfaceAddress::parse(text).value()));
  }

  RtnlSocket rtnl_ = RtnlSocket::open().value();
};

}   // namespace sluice::test
