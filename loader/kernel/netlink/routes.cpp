// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/routes.hpp"

#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"

namespace sluice {

namespace {

// Behind every route to the same network that says where it is.
constexpr uint32_t kLastMetric = 0xff000000;

uint8_t type_of(RouteKind kind) {
  switch (kind) {
    case RouteKind::kUnicast: return RTN_UNICAST;
    case RouteKind::kLocal: return RTN_LOCAL;
    case RouteKind::kBroadcast: return RTN_BROADCAST;
    case RouteKind::kUnreachable: return RTN_UNREACHABLE;
    case RouteKind::kThrow: return RTN_THROW;
  }
  return RTN_UNSPEC;
}

std::optional<RouteKind> kind_of(uint8_t type) {
  for (const RouteKind kind : {RouteKind::kUnicast, RouteKind::kLocal, RouteKind::kBroadcast,
                               RouteKind::kUnreachable, RouteKind::kThrow})
    if (type_of(kind) == type) return kind;
  return std::nullopt;
}

uint8_t scope_of(const RouteRow& route) {
  if (route.kind == RouteKind::kLocal) return RT_SCOPE_HOST;
  if (route.kind == RouteKind::kBroadcast) return RT_SCOPE_LINK;
  return route.kind == RouteKind::kUnicast && !route.via ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

uint8_t family_of(Family family) { return family == Family::kIpv4 ? AF_INET : AF_INET6; }

// A request is built in place, and every call answers it as an rvalue: it is never moved from.
// NOLINTBEGIN(bugprone-use-after-move)
NlRequest&& with_ways(NlRequest&& request, const RouteRow& route) {
  if (route.index) std::move(request).u32(RTA_OIF, route.index);
  if (route.via) std::move(request).bytes(RTA_GATEWAY, wire_bytes(*route.via));
  if (route.kind == RouteKind::kUnreachable) std::move(request).u32(RTA_PRIORITY, kLastMetric);
  return std::move(request);
}
// NOLINTEND(bugprone-use-after-move)

NlRequest request_of(uint16_t type, uint16_t flags, std::string_view verb, const RouteRow& route) {
  const rtmsg header{.rtm_family = family_of(route.to.address.family()),
                     .rtm_dst_len = route.to.length,
                     .rtm_table = RT_TABLE_UNSPEC,
                     .rtm_protocol = kRouteProtocol,
                     .rtm_scope = scope_of(route),
                     .rtm_type = type_of(route.kind)};
  return with_ways(NlRequest(type, flags, fmt::format("{} {}", verb, to_string(route)))
                       .header(header)
                       .u32(RTA_TABLE, route.table)
                       .bytes(RTA_DST, wire_bytes(route.to.address)),
                   route);
}

constexpr uint8_t kWidest4 = 1, kWidest6 = 3;   // 0.0.0.0/1 and 128.0.0.0/1; 2000::/3

NlRequest unicast_routes_request(Family family) {
  const rtmsg filter{.rtm_family = family_of(family), .rtm_type = RTN_UNICAST};
  return NlRequest(RTM_GETROUTE, 0, "list the default routes").header(filter);
}

// One of several next hops: RTA_MULTIPATH is a list of these, each with its own length (rtnetlink(7)).
std::vector<uint32_t> devices_of_ways(std::span<const uint8_t> ways) {
  std::vector<uint32_t> devices;
  rtnexthop way{};
  while (ways.size() >= sizeof(way)) {
    std::memcpy(&way, ways.data(), sizeof(way));
    if (way.rtnh_len < sizeof(way)) break;
    devices.push_back(static_cast<uint32_t>(way.rtnh_ifindex));
    ways = ways.subspan(std::min<size_t>(RTNH_ALIGN(way.rtnh_len), ways.size()));
  }
  return devices;
}

bool has_device(RouteKind kind) { return kind != RouteKind::kUnreachable && kind != RouteKind::kThrow; }

bool is_dropping(uint8_t type) {
  return type == RTN_UNREACHABLE || type == RTN_BLACKHOLE || type == RTN_PROHIBIT;
}

NlRequest main_routes_request(Family family) {
  const rtmsg filter{.rtm_family = family_of(family), .rtm_table = RT_TABLE_MAIN};
  return NlRequest(RTM_GETROUTE, 0, "list the routes of the main table").header(filter);
}

RouteRow row_of(const nlmsghdr& message, const rtmsg& header, RouteKind kind) {
  const Attributes attributes = Attributes::of(message, sizeof(header));
  RouteRow route;
  route.table = attributes.u32(RTA_TABLE).value_or(header.rtm_table);
  route.kind = kind;
  const bool ipv4 = header.rtm_family == AF_INET;
  const auto to = parse_ip(header.rtm_family, attributes.bytes(RTA_DST));
  route.to = {to.value_or(ipv4 ? IpAddress() : *IpAddress::parse("::")), header.rtm_dst_len};
  if (has_device(kind)) route.index = attributes.u32(RTA_OIF).value_or(0);
  if (attributes.has(RTA_GATEWAY)) route.via = parse_ip(header.rtm_family, attributes.bytes(RTA_GATEWAY));
  return route;
}

}   // namespace

NlRequest own_routes_request(Family family) {
  const rtmsg filter{.rtm_family = family_of(family), .rtm_protocol = kRouteProtocol};
  return NlRequest(RTM_GETROUTE, 0, "list the routes of sluice").header(filter);
}

// Beside the kernel's own routes of an interface that is in a VRF's device. IPv6 tells them apart by their
// metric, and would take two of one for the ways of one route.
NlRequest add_route_request(const RouteRow& route) {
  const uint16_t beside = route.to.address.is_ipv4() ? NLM_F_APPEND : NLM_F_EXCL;
  return request_of(RTM_NEWROUTE, NLM_F_CREATE | beside, "add route", route);
}

NlRequest remove_route_request(const RouteRow& route) {
  return request_of(RTM_DELROUTE, 0, "remove route", route);
}

std::optional<RouteRow> parse_own_route(const nlmsghdr& message) {
  const auto* header = fixed_part<rtmsg>(message);
  if (message.nlmsg_type != RTM_NEWROUTE || !header || header->rtm_protocol != kRouteProtocol)
    return std::nullopt;
  const auto kind = kind_of(header->rtm_type);
  if (!kind || (header->rtm_flags & RTM_F_CLONED)) return std::nullopt;
  return row_of(message, *header, *kind);
}

std::optional<RouteRow> parse_main_route(const nlmsghdr& message) {
  const auto* header = fixed_part<rtmsg>(message);
  if (message.nlmsg_type != RTM_NEWROUTE || !header || header->rtm_protocol == kRouteProtocol)
    return std::nullopt;
  const bool ipv4 = header->rtm_family == AF_INET;
  if ((header->rtm_flags & RTM_F_CLONED) || (!ipv4 && header->rtm_family != AF_INET6)) return std::nullopt;
  if (header->rtm_dst_len <= (ipv4 ? kWidest4 : kWidest6)) return std::nullopt;
  const bool drops = is_dropping(header->rtm_type);
  if (header->rtm_type != RTN_UNICAST && !drops) return std::nullopt;
  const RouteRow route = row_of(message, *header, drops ? RouteKind::kUnreachable : RouteKind::kUnicast);
  return route.table == kTableMain ? std::optional(route) : std::nullopt;
}

Result<std::vector<RouteRow>> list_main_routes(RtnlSocket& rtnl) {
  std::vector<RouteRow> routes;
  for (const Family family : {Family::kIpv4, Family::kIpv6})
    for (const RouteRow& route : TRY(rtnl.dump(main_routes_request(family), parse_main_route)))
      routes.push_back(route);
  return routes;
}

Result<std::set<RouteRow>> list_own_routes(RtnlSocket& rtnl) {
  std::set<RouteRow> routes;
  for (const Family family : {Family::kIpv4, Family::kIpv6})
    for (const RouteRow& route : TRY(rtnl.dump(own_routes_request(family), parse_own_route)))
      routes.insert(route);
  return routes;
}

std::optional<std::vector<uint32_t>> parse_default_ways(const nlmsghdr& message) {
  const auto* header = fixed_part<rtmsg>(message);
  if (!header || header->rtm_type != RTN_UNICAST || (header->rtm_flags & RTM_F_CLONED)) return std::nullopt;
  if (message.nlmsg_type != RTM_NEWROUTE && message.nlmsg_type != RTM_DELROUTE) return std::nullopt;
  const bool ipv4 = header->rtm_family == AF_INET;
  if (!ipv4 && header->rtm_family != AF_INET6) return std::nullopt;
  if (header->rtm_dst_len > (ipv4 ? kWidest4 : kWidest6)) return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*header));
  std::vector<uint32_t> devices = devices_of_ways(attributes.bytes(RTA_MULTIPATH));
  if (const auto device = attributes.u32(RTA_OIF)) devices.push_back(*device);
  return devices;
}

Result<std::set<uint32_t>> list_default_ways(RtnlSocket& rtnl) {
  std::set<uint32_t> devices;
  for (const Family family : {Family::kIpv4, Family::kIpv6})
    for (const auto& ways : TRY(rtnl.dump(unicast_routes_request(family), parse_default_ways)))
      devices.insert(ways.begin(), ways.end());
  return devices;
}

Result<> add_route(RtnlSocket& rtnl, const RouteRow& route) {
  TRY(rtnl.send_unless(add_route_request(route), {EEXIST}));
  return {};
}

Result<> remove_route(RtnlSocket& rtnl, const RouteRow& route) {
  TRY(rtnl.send_unless(remove_route_request(route), {ESRCH, ENODEV}));
  return {};
}

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
