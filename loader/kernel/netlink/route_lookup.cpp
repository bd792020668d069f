// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/route_lookup.hpp"

#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"

namespace sluice {
namespace {

// IPv4 by an IPv6 neighbour stands in RTA_VIA: its family, then the address (RFC 5549).
std::optional<IpAddress> next_hop_of(int family, const Attributes& attributes) {
  const auto via = attributes.bytes(RTA_VIA);
  if (via.size() > sizeof(uint16_t)) return parse_ip(AF_INET6, via.subspan(sizeof(uint16_t)));
  return attributes.has(RTA_GATEWAY) ? parse_ip(family, attributes.bytes(RTA_GATEWAY)) : std::nullopt;
}

}   // namespace

// A request is built in place, and every call answers it as an rvalue: it is never moved from.
// NOLINTBEGIN(bugprone-use-after-move)
NlRequest route_request(const IpAddress& destination, uint32_t mark) {
  const std::span<const uint8_t> all(destination.bytes());
  const bool ipv4 = destination.is_ipv4();
  const rtmsg question{.rtm_family = static_cast<uint8_t>(ipv4 ? AF_INET : AF_INET6),
                       .rtm_dst_len = static_cast<uint8_t>(destination.bits()),
                       // IPv6 always says which table it was, and refuses to be asked.
                       .rtm_flags = ipv4 ? static_cast<unsigned>(RTM_F_LOOKUP_TABLE) : 0};
  NlRequest request =
      NlRequest(RTM_GETROUTE, 0, fmt::format("look up the route to {}", destination.to_string()))
          .header(question)
          .bytes(RTA_DST, ipv4 ? all.last(4) : all);
  return mark ? std::move(request).u32(RTA_MARK, mark) : std::move(request);
}
// NOLINTEND(bugprone-use-after-move)

// A route with several ways answers with the one that this destination takes.
std::optional<Route> parse_route(const nlmsghdr& message) {
  const auto* header = fixed_part<rtmsg>(message);
  if (message.nlmsg_type != RTM_NEWROUTE || !header) return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*header));
  const auto device = attributes.u32(RTA_OIF);
  const bool local = header->rtm_type == RTN_LOCAL;
  if (!device || !(local || header->rtm_type == RTN_UNICAST)) return std::nullopt;
  return Route{.ifindex = *device,
               .local = local,
               .table = attributes.u32(RTA_TABLE).value_or(header->rtm_table),
               .via = next_hop_of(header->rtm_family, attributes),
               .mtu = attributes.nest(RTA_METRICS).u32(RTAX_MTU).value_or(0)};
}

// EINVAL, EACCES: what the routes of type blackhole and prohibit say.
Result<std::optional<Route>> look_up_route(RtnlSocket& rtnl, const IpAddress& destination, uint32_t mark) {
  std::optional<Route> route;
  TRY(rtnl.get_unless(route_request(destination, mark), {ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL},
                      [&](const nlmsghdr& message) { route = parse_route(message); }));
  return route;
}

Result<std::optional<Route>> RouteCache::find(const IpAddress& destination, uint32_t mark) {
  if (const auto at = known_.find({destination, mark}); at != known_.end()) return at->second;
  return known_[{destination, mark}] = TRY(look_up_route(rtnl_, destination, mark));
}

}   // namespace sluice
