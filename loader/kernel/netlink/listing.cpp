// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/listing.hpp"

#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"
#include "kernel/netlink/links.hpp"

namespace sluice {
namespace {

constexpr std::array<std::string_view, 12> kRouteTypes = {"none",     "unicast",   "local",     "broadcast",
                                                          "anycast",  "multicast", "blackhole", "unreachable",
                                                          "prohibit", "throw",     "nat",       "xresolve"};

std::string device_called(uint32_t index) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(index, name.data()) ? name.data() : fmt::format("if{}", index);
}

// "192.0.2.0/24"; empty: without the attribute.
std::string prefix_text(uint8_t family, std::span<const uint8_t> bytes, uint8_t length) {
  const auto address = parse_ip(family, bytes);
  return address ? fmt::format("{}/{}", address->to_string(), length) : "";
}

std::string way_text(uint8_t family, const Attributes& attributes) {
  std::string text;
  if (const auto via = parse_ip(family, attributes.bytes(RTA_GATEWAY))) text += " via " + via->to_string();
  if (const auto device = attributes.u32(RTA_OIF)) text += " dev " + device_called(*device);
  return text;
}

// One of several next hops (rtnetlink(7)).
std::string ways_text(uint8_t family, std::span<const uint8_t> list) {
  std::string text;
  rtnexthop hop{};
  while (list.size() >= sizeof(hop)) {
    std::memcpy(&hop, list.data(), sizeof(hop));
    if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > list.size()) break;
    const auto attributes = Attributes::in(list.subspan(sizeof(hop), hop.rtnh_len - sizeof(hop)));
    text += fmt::format(" nexthop{} dev {} weight {}", way_text(family, attributes),
                        device_called(static_cast<uint32_t>(hop.rtnh_ifindex)), hop.rtnh_hops + 1);
    list = list.subspan(std::min<size_t>(RTNH_ALIGN(hop.rtnh_len), list.size()));
  }
  return text;
}

std::string handle_text(uint32_t handle) {
  if (handle == TC_H_ROOT) return "root";
  return fmt::format("{:x}:{:x}", TC_H_MAJ(handle) >> 16, TC_H_MIN(handle));
}

std::string link_line(const ObservedLink& link) {
  std::string text = fmt::format("{}: {} {} mtu {} {}", link.index, link.name,
                                 link.kind.empty() ? "device" : link.kind, link.mtu, link.up ? "up" : "down");
  if (link.has_ethernet) text += fmt::format(" mac {:02x}", fmt::join(link.mac, ":"));
  if (!link.master.empty()) text += " master " + link.master;
  if (link.master_index && link.master.empty()) text += " master " + device_called(link.master_index);
  return link.has_xdp ? text + " xdp" : text;
}

// The rest of a long list is counted.
class Lines {
 public:
  void add(std::optional<std::string> line) {
    if (!line) return;
    if (lines_.size() < kMostListedLines)
      lines_.push_back(std::move(*line));
    else
      ++more_;
  }
  std::vector<std::string> take() {
    if (more_) lines_.push_back(fmt::format("and {} more", more_));
    return std::move(lines_);
  }

 private:
  std::vector<std::string> lines_;
  size_t more_ = 0;
};

Result<std::vector<std::string>> list(RtnlSocket& rtnl, NlRequest request,
                                      std::optional<std::string> (*line_of)(const nlmsghdr&)) {
  Lines lines;
  TRY(rtnl.dump_each(std::move(request), [&](const nlmsghdr& message) { lines.add(line_of(message)); }));
  return lines.take();
}

}   // namespace

std::optional<std::string> route_line(const nlmsghdr& message) {
  const auto* header = fixed_part<rtmsg>(message);
  if (message.nlmsg_type != RTM_NEWROUTE || !header || (header->rtm_flags & RTM_F_CLONED))
    return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*header));
  const uint8_t family = header->rtm_family;
  std::string to = prefix_text(family, attributes.bytes(RTA_DST), header->rtm_dst_len);
  if (to.empty()) to = family == AF_INET ? "default" : "default6";
  std::string text =
      fmt::format("table {} {} {}", attributes.u32(RTA_TABLE).value_or(header->rtm_table),
                  header->rtm_type < kRouteTypes.size() ? kRouteTypes[header->rtm_type] : "other", to);
  text += way_text(family, attributes) + ways_text(family, attributes.bytes(RTA_MULTIPATH));
  text += fmt::format(" proto {}", header->rtm_protocol);
  if (const auto metric = attributes.u32(RTA_PRIORITY)) text += fmt::format(" metric {}", *metric);
  if (const auto mtu = attributes.nest(RTA_METRICS).u32(RTAX_MTU)) text += fmt::format(" mtu {}", *mtu);
  return text;
}

std::optional<std::string> rule_line(const nlmsghdr& message) {
  const auto* header = fixed_part<fib_rule_hdr>(message);
  if (message.nlmsg_type != RTM_NEWRULE || !header) return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*header));
  std::string text = fmt::format("{} {}:", header->family == AF_INET ? "ipv4" : "ipv6",
                                 attributes.u32(FRA_PRIORITY).value_or(0));
  const auto from = prefix_text(header->family, attributes.bytes(FRA_SRC), header->src_len);
  const auto to = prefix_text(header->family, attributes.bytes(FRA_DST), header->dst_len);
  if (!from.empty()) text += " from " + from;
  if (!to.empty()) text += " to " + to;
  if (const auto mark = attributes.u32(FRA_FWMARK)) text += fmt::format(" fwmark 0x{:x}", *mark);
  if (const auto in = attributes.text(FRA_IIFNAME)) text += fmt::format(" iif {}", *in);
  if (const auto out = attributes.text(FRA_OIFNAME)) text += fmt::format(" oif {}", *out);
  if (attributes.has(FRA_L3MDEV)) return text + " l3mdev";
  return text + fmt::format(" action {} table {}", header->action,
                            attributes.u32(FRA_TABLE).value_or(header->table));
}

std::optional<std::string> queue_line(const nlmsghdr& message) {
  const auto* header = fixed_part<tcmsg>(message);
  if (message.nlmsg_type != RTM_NEWQDISC || !header) return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*header));
  std::string text =
      fmt::format("{} {} handle {} parent {}", device_called(static_cast<uint32_t>(header->tcm_ifindex)),
                  attributes.text(TCA_KIND).value_or("?"), handle_text(header->tcm_handle),
                  handle_text(header->tcm_parent));
  gnet_stats_queue counts{};
  const auto bytes = attributes.nest(TCA_STATS2).bytes(TCA_STATS_QUEUE);
  if (bytes.size() < sizeof(counts)) return text;
  std::memcpy(&counts, bytes.data(), sizeof(counts));
  return text + fmt::format(" waiting {} packets {} bytes dropped {} overlimits {}", counts.qlen,
                            counts.backlog, counts.drops, counts.overlimits);
}

Result<std::vector<std::string>> list_link_lines(RtnlSocket& rtnl) {
  std::multimap<uint32_t, std::string> addresses;
  for (const auto& [index, seen] : TRY(list_addresses(rtnl)))
    addresses.emplace(index, fmt::format("    {}/{}{}", seen.address.address.to_string(), seen.address.length,
                                         seen.tentative ? " tentative" : ""));
  Lines lines;
  for (const ObservedLink& link : TRY(list_links(rtnl))) {
    lines.add(link_line(link));
    const auto [first, last] = addresses.equal_range(link.index);
    for (auto at = first; at != last; ++at) lines.add(at->second);
  }
  return lines.take();
}

Result<std::vector<std::string>> list_route_lines(RtnlSocket& rtnl) {
  return list(rtnl, NlRequest(RTM_GETROUTE, 0, "list all routes").header(rtmsg{}), route_line);
}

Result<std::vector<std::string>> list_rule_lines(RtnlSocket& rtnl) {
  return list(rtnl, NlRequest(RTM_GETRULE, 0, "list all routing rules").header(fib_rule_hdr{}), rule_line);
}

Result<std::vector<std::string>> list_queue_lines(RtnlSocket& rtnl) {
  return list(rtnl, NlRequest(RTM_GETQDISC, 0, "list all queue disciplines").header(tcmsg{}), queue_line);
}

}   // namespace sluice
