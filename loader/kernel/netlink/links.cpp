// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/links.hpp"

#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>

#include <algorithm>

#include "kernel/netlink/attributes.hpp"

namespace sluice {

NlRequest links_request() {
  return NlRequest(RTM_GETLINK, 0, "list the network devices")
      .header(ifinfomsg{})
      .u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

NlRequest link_up_request(const std::string& link, uint32_t index, bool up) {
  const ifinfomsg device{.ifi_family = AF_UNSPEC,
                         .ifi_index = static_cast<int>(index),
                         .ifi_flags = up ? unsigned{IFF_UP} : 0U,
                         .ifi_change = IFF_UP};
  return NlRequest(RTM_NEWLINK, 0, fmt::format("set {} {}", link, up ? "up" : "down")).header(device);
}

std::optional<ObservedLink> parse_link(const nlmsghdr& message) {
  const auto* device = fixed_part<ifinfomsg>(message);
  if (message.nlmsg_type != RTM_NEWLINK || !device) return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*device));
  const auto name = attributes.text(IFLA_IFNAME);
  if (!name) return std::nullopt;

  ObservedLink link;
  link.name = *name;
  link.index = static_cast<uint32_t>(device->ifi_index);
  link.mtu = attributes.u32(IFLA_MTU).value_or(0);
  link.up = (device->ifi_flags & IFF_UP) != 0;
  link.has_ethernet = device->ifi_type == ARPHRD_ETHER;
  link.kind = attributes.nest(IFLA_LINKINFO).text(IFLA_INFO_KIND).value_or("");
  const auto mac = attributes.bytes(IFLA_ADDRESS);
  if (link.has_ethernet && mac.size() == link.mac.size()) std::ranges::copy(mac, link.mac.begin());
  return link;
}

Result<std::vector<ObservedLink>> list_links(RtnlSocket& rtnl) {
  return rtnl.dump(links_request(), parse_link);
}

Result<> set_link_up(RtnlSocket& rtnl, const std::string& link, uint32_t index, bool up) {
  return rtnl.send(link_up_request(link, index, up));
}

}   // namespace sluice
