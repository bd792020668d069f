// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/route_lookup.hpp"

#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "kernel/netlink/attributes.hpp"

namespace sluice {

// A request is built in place, and every call answers it as an rvalue: it is never moved from.
// NOLINTBEGIN(bugprone-use-after-move)
NlRequest route_request(const IpAddress& destination, uint32_t mark) {
  const std::span<const uint8_t> all(destination.bytes());
  const bool ipv4 = destination.is_ipv4();
  const rtmsg question{.rtm_family = static_cast<uint8_t>(ipv4 ? AF_INET : AF_INET6),
                       .rtm_dst_len = static_cast<uint8_t>(destination.bits())};
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
  const auto device = Attributes::of(message, sizeof(*header)).u32(RTA_OIF);
  const bool local = header->rtm_type == RTN_LOCAL;
  if (!device || !(local || header->rtm_type == RTN_UNICAST)) return std::nullopt;
  return Route{*device, local};
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
