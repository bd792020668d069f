// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/links.hpp"

#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>

#include <algorithm>
#include <cerrno>

#include "kernel/netlink/attributes.hpp"
#include "kernel/netlink/link_settings.hpp"
#include "kernel/netlink/made_links.hpp"
#include "kernel/netlink/veth.hpp"
#include "kernel/wireguard/wireguard.hpp"

namespace sluice {

NlRequest links_request() {
  return NlRequest(RTM_GETLINK, 0, "list the network devices")
      .header(ifinfomsg{})
      .u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

NlRequest link_request(uint32_t index) {
  return NlRequest(RTM_GETLINK, 0, fmt::format("look at network device {}", index))
      .header(ifinfomsg{.ifi_family = AF_UNSPEC, .ifi_index = static_cast<int>(index)})
      .u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

NlRequest link_request(const std::string& name) {
  return NlRequest(RTM_GETLINK, 0, fmt::format("look at network device {}", name))
      .header(ifinfomsg{})
      .text(IFLA_IFNAME, name)
      .u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

NlRequest link_up_request(const std::string& link, uint32_t index, bool up) {
  const ifinfomsg device{.ifi_family = AF_UNSPEC,
                         .ifi_index = static_cast<int>(index),
                         .ifi_flags = up ? unsigned{IFF_UP} : 0U,
                         .ifi_change = IFF_UP};
  return NlRequest(RTM_NEWLINK, 0, fmt::format("set {} {}", link, up ? "up" : "down")).header(device);
}

namespace {

// The device below in another network namespace has a number there and no name here.
uint32_t parent_of(const Attributes& attributes) {
  return attributes.has(IFLA_LINK_NETNSID) ? 0 : attributes.u32(IFLA_LINK).value_or(0);
}

const ObservedLink* numbered(const std::vector<ObservedLink>& links, uint32_t index) {
  const auto at = std::ranges::find(links, index, &ObservedLink::index);
  return index == 0 || at == links.end() ? nullptr : &*at;
}

std::string name_of(const std::vector<ObservedLink>& links, uint32_t index) {
  if (index == 0) return "";
  const ObservedLink* link = numbered(links, index);
  return link ? link->name : fmt::format("number {}", index);
}

// A veth whose other end is named as that of a VLAN by its tags, with its parent's address, is one.
void note_vlan_by_tags(const std::vector<ObservedLink>& links, const ObservedLink& other,
                       ObservedLink& link) {
  uint32_t parent_index = 0;
  VlanLink vlan{.by_tags = true};
  if (!parse_other_end_name(other.name, vlan, parent_index)) return;
  const ObservedLink* parent = numbered(links, parent_index);
  if (!parent || parent->mac != link.mac) return;
  vlan.parent = parent->name;
  link.parameters = vlan;
  link.parent_index = parent_index;
  link.other_end = other.name;
}

void note_vlans_by_tags(std::vector<ObservedLink>& links) {
  for (ObservedLink& link : links)
    if (link.kind == "veth")
      if (const ObservedLink* other = numbered(links, link.parent_index); other && other->kind == "veth")
        note_vlan_by_tags(links, *other, link);
}

// For the kernel it is a tun device like others: the mark says whose it is, and the socket what for.
void note_userspace_tunnels(std::vector<ObservedLink>& links) {
  for (ObservedLink& link : links)
    if (link.kind == "tun" && link.marked && has_tunnel_socket(link.name))
      link.parameters = WireguardLink{.userspace = true};
}

void name_neighbours(std::vector<ObservedLink>& links) {
  for (ObservedLink& link : links) {
    link.master = name_of(links, link.master_index);
    const std::string below = name_of(links, link.parent_index);
    if (auto* vlan = std::get_if<VlanLink>(&link.parameters)) vlan->parent = below;
    if (auto* tunnel = std::get_if<GretapLink>(&link.parameters)) tunnel->lower = below;
  }
}

}   // namespace

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
  const Attributes info = attributes.nest(IFLA_LINKINFO);
  const auto alias = attributes.text(IFLA_IFALIAS).value_or("");
  const auto veth = parse_veth_mark(alias);
  link.marked = alias == kLinkMark || veth;
  link.kind = info.text(IFLA_INFO_KIND).value_or("");
  link.parameters = veth && link.kind == "veth" ? LinkParameters(*veth) : parse_parameters(info);
  const auto xdp = attributes.nest(IFLA_XDP).bytes(IFLA_XDP_ATTACHED);
  link.has_xdp = !xdp.empty() && xdp.front() != XDP_ATTACHED_NONE;
  link.master_index = attributes.u32(IFLA_MASTER).value_or(0);
  const uint32_t lower = parse_lower(info);
  link.parent_index = lower ? lower : parent_of(attributes);
  const auto mac = attributes.bytes(IFLA_ADDRESS);
  if (link.has_ethernet && mac.size() == link.mac.size()) std::ranges::copy(mac, link.mac.begin());
  link.settings = parse_link_settings(attributes.nest(IFLA_AF_SPEC));
  return link;
}

void complete_links(std::vector<ObservedLink>& links) {
  name_neighbours(links);
  note_vlans_by_tags(links);
  note_userspace_tunnels(links);
}

Result<std::vector<ObservedLink>> list_links(RtnlSocket& rtnl) {
  auto links = TRY(rtnl.dump(links_request(), parse_link));
  complete_links(links);
  return links;
}

Result<std::optional<ObservedLink>> find_link(RtnlSocket& rtnl, const std::string& name) {
  std::optional<ObservedLink> found;
  const auto take = [&](const nlmsghdr& message) { found = parse_link(message); };
  TRY(rtnl.get_unless(link_request(name), {ENODEV}, take));
  return found;
}

Result<> set_link_up(RtnlSocket& rtnl, const std::string& link, uint32_t index, bool up) {
  return rtnl.send(link_up_request(link, index ? index : TRY(link_index(rtnl, link)), up));
}

}   // namespace sluice
