// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/default_routes.hpp"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"

namespace sluice {
namespace {

NlRequest all_routes_request(uint8_t family) {
  const rtmsg filter{.rtm_family = family, .rtm_type = RTN_UNICAST};
  return NlRequest(RTM_GETROUTE, 0, "list the default routes").header(filter);
}

// One of several next hops: RTA_MULTIPATH is a list of these, each with its own length and attributes
// (rtnetlink(7)).
std::vector<DefaultWay> ways_of_list(std::span<const uint8_t> list, const DefaultWay& route, uint8_t family) {
  std::vector<DefaultWay> ways;
  rtnexthop hop{};
  while (list.size() >= sizeof(hop)) {
    std::memcpy(&hop, list.data(), sizeof(hop));
    if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > list.size()) break;
    const auto attributes = Attributes::in(list.subspan(sizeof(hop), hop.rtnh_len - sizeof(hop)));
    DefaultWay way = route;
    way.ifindex = static_cast<uint32_t>(hop.rtnh_ifindex);
    way.via = parse_ip(family, attributes.bytes(RTA_GATEWAY));
    ways.push_back(way);
    list = list.subspan(std::min<size_t>(RTNH_ALIGN(hop.rtnh_len), list.size()));
  }
  return ways;
}

}   // namespace

std::optional<std::vector<DefaultWay>> parse_default_next_hops(const nlmsghdr& message) {
  const auto* header = fixed_part<rtmsg>(message);
  if (!header || message.nlmsg_type != RTM_NEWROUTE || header->rtm_type != RTN_UNICAST) return std::nullopt;
  const bool ipv4 = header->rtm_family == AF_INET;
  if ((header->rtm_flags & RTM_F_CLONED) || header->rtm_dst_len != 0 ||
      (!ipv4 && header->rtm_family != AF_INET6))
    return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*header));
  DefaultWay way{.family = ipv4 ? Family::kIpv4 : Family::kIpv6,
                 .ifindex = attributes.u32(RTA_OIF).value_or(0),
                 .via = parse_ip(header->rtm_family, attributes.bytes(RTA_GATEWAY)),
                 .metric = attributes.u32(RTA_PRIORITY).value_or(0)};
  auto ways = ways_of_list(attributes.bytes(RTA_MULTIPATH), way, header->rtm_family);
  if (ways.empty()) ways.push_back(way);
  return ways;
}

Result<std::vector<DefaultWay>> list_default_next_hops(RtnlSocket& rtnl) {
  std::vector<DefaultWay> all;
  for (const uint8_t family : {AF_INET, AF_INET6})
    for (const auto& ways : TRY(rtnl.dump(all_routes_request(family), parse_default_next_hops)))
      all.insert(all.end(), ways.begin(), ways.end());
  return all;
}

std::optional<IpAddress> router_behind(const std::vector<DefaultWay>& ways, Family family, uint32_t ifindex) {
  const DefaultWay* best = nullptr;
  for (const DefaultWay& way : ways)
    if (way.family == family && way.ifindex == ifindex && way.via && (!best || way.metric < best->metric))
      best = &way;
  return best ? best->via : std::nullopt;
}

}   // namespace sluice
