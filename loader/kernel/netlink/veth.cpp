// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/veth.hpp"

// Before the kernel's own headers, which leave out what is there already.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include "base/fnv.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/made_links.hpp"
#include "kernel/netlink/routes.hpp"
#include "kernel/netns/space.hpp"
#include "maps/interface.h"

namespace sluice {
namespace {

InterfaceAddress whole(const IpAddress& address) { return {address, static_cast<uint8_t>(address.bits())}; }

// Seen from inside. The gateway's address lies in no network of the other end's: it is on the link all the
// same.
Result<> furnish(const VethLink& veth) {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  const uint32_t index = TRY(link_index(rtnl, veth.inside));
  TRY(set_link_up(rtnl, "lo", 0));
  TRY(rtnl.send(add_address_request(veth.inside, index, whole(veth.address))));
  if (veth.address6) TRY(rtnl.send(add_address_request(veth.inside, index, whole(*veth.address6))));
  TRY(set_link_up(rtnl, veth.inside, index));
  TRY(rtnl.send(default_route_request(index, veth.gateway)));
  return veth.gateway6 ? rtnl.send(default_route_request(index, *veth.gateway6)) : Result<>();
}

Result<OpenSpace> open_space_of(const VethLink& veth) {
  OpenSpace space = TRY(open_space(veth.space));
  if (veth.is_others() && space.number != veth.number)
    return fail(fmt::format("{} is another network namespace by now", veth.space));
  return space;
}

class InsideOf {
 public:
  explicit InsideOf(const VethLink& veth) : veth_(veth) {}

  Result<std::vector<std::string>> missing() {
    RtnlSocket rtnl = TRY(RtnlSocket::open());
    for (const ObservedLink& link : TRY(list_links(rtnl)))
      if (link.name == veth_.inside) there_ = link;
    if (!there_) return std::vector{fmt::format("interface {} is missing inside", veth_.inside)};
    if (!there_->up) missing_.push_back(fmt::format("interface {} is down inside", veth_.inside));
    addresses_ = TRY(list_addresses(rtnl));
    look_for(veth_.address);
    if (veth_.address6) look_for(*veth_.address6);
    for (const auto& gateway : {std::optional(veth_.gateway), veth_.gateway6})
      if (gateway) look_for_way(TRY(look_up_route(rtnl, *gateway)), *gateway);
    return missing_;
  }

 private:
  void look_for(const IpAddress& address) {
    for (const LinkAddress& one : addresses_)
      if (one.index == there_->index && one.address.address.address == address) return;
    missing_.push_back(fmt::format("{} is missing on {} inside", address.to_string(), veth_.inside));
  }

  // No network has the gateway's address, so the default route is what leads there.
  void look_for_way(const std::optional<Route>& route, const IpAddress& gateway) {
    if (!route || route->ifindex != there_->index)
      missing_.push_back(fmt::format("the default route by {} is missing inside", gateway.to_string()));
  }

  const VethLink& veth_;
  std::optional<ObservedLink> there_;
  std::vector<LinkAddress> addresses_;
  std::vector<std::string> missing_;
};

}   // namespace

MacAddress veth_address(std::string_view space) {
  const uint64_t identity = fnv(kFnvStart, space.data(), space.size());
  MacAddress mac{0x02};   // locally administered (IEEE 802)
  for (size_t i = 1; i < mac.size(); ++i) mac[i] = static_cast<uint8_t>(identity >> (8 * i));
  return mac;
}

// Two networks of one container are two pairs into one namespace.
MacAddress veth_address(const VethLink& veth) {
  return veth_address(veth.is_others() ? fmt::format("{} {}", veth.space, veth.inside) : veth.space);
}

MacAddress veth_peer_address(const MacAddress& own) {
  MacAddress mac = own;
  mac[0] ^= SL_PEER_BIT;
  return mac;
}

NlRequest make_veth_request(const MadeLink& link, uint32_t index, int space) {
  const auto& veth = std::get<VethLink>(link.parameters);
  const MacAddress own = veth_address(veth);
  const NlRequest other = NlRequest(RTM_NEWLINK, 0, "")
                              .header(ifinfomsg{})
                              .text(IFLA_IFNAME, veth.inside)
                              .bytes(IFLA_ADDRESS, veth_peer_address(own))
                              .u32(IFLA_NET_NS_FD, static_cast<uint32_t>(space));
  const auto description = std::as_bytes(other.bytes().subspan(NLMSG_HDRLEN));
  return NlRequest(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "make " + to_string(link))
      .header(ifinfomsg{.ifi_family = AF_UNSPEC, .ifi_index = static_cast<int>(index)})
      .text(IFLA_IFNAME, link.name)
      .bytes(IFLA_ADDRESS, own)
      .nest(IFLA_LINKINFO, [&](NlRequest&& info) {
        std::move(info).text(IFLA_INFO_KIND, "veth").nest(IFLA_INFO_DATA, [&](NlRequest&& data) {
          std::move(data).bytes(VETH_INFO_PEER,
                                {reinterpret_cast<const uint8_t*>(description.data()), description.size()});
        });
      });
}

NlRequest default_route_request(uint32_t index, const IpAddress& gateway) {
  const rtmsg header{.rtm_family = static_cast<uint8_t>(gateway.is_ipv4() ? AF_INET : AF_INET6),
                     .rtm_table = RT_TABLE_MAIN,
                     .rtm_protocol = RTPROT_STATIC,
                     .rtm_scope = RT_SCOPE_UNIVERSE,
                     .rtm_type = RTN_UNICAST,
                     .rtm_flags = RTNH_F_ONLINK};
  return NlRequest(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
                   fmt::format("add the default route by {}", gateway.to_string()))
      .header(header)
      .bytes(RTA_GATEWAY, wire_bytes(gateway))
      .u32(RTA_OIF, index);
}

Result<> make_veth(RtnlSocket& rtnl, const MadeLink& link, const VethLink& veth, uint32_t index) {
  const OpenSpace space = TRY(open_space_of(veth));
  TRY(rtnl.send(make_veth_request(link, index, space.fd.get())));
  auto furnished = run_inside(space, [&] { return furnish(veth); });
  if (!furnished) (void)remove_link(rtnl, link, TRY(link_index(rtnl, link.name)));
  return furnished;
}

// The number of the namespace too: a pair into an older one of the same name is not it.
std::string veth_mark(const VethLink& veth) {
  std::string mark = fmt::format("{}: {} {} {} {}", kLinkMark, veth.space, veth.number,
                                 veth.address.to_string(), veth.gateway.to_string());
  if (veth.is_others()) mark += " " + veth.inside;
  if (veth.address6) mark += fmt::format(" {} {}", veth.address6->to_string(), veth.gateway6->to_string());
  return mark;
}

std::optional<VethLink> parse_veth_mark(std::string_view alias) {
  if (!alias.starts_with(kLinkMark)) return std::nullopt;
  const auto words = split(alias.substr(kLinkMark.size()), ' ');
  if (words.size() < 5 || words[0] != ":") return std::nullopt;
  const auto number = whole_number<uint32_t>(words[2]);
  const auto address = IpAddress::parse(words[3]), gateway = IpAddress::parse(words[4]);
  if (!number || !address || !gateway) return std::nullopt;
  VethLink veth{std::string(words[1]), *number, *address, *gateway};
  const size_t more = veth.is_others() ? 6 : 5;   // behind the name of the other end
  if (words.size() != more && words.size() != more + 2) return std::nullopt;
  if (veth.is_others()) veth.inside = words[5];
  if (words.size() == more) return veth;
  veth.address6 = IpAddress::parse(words[more]);
  veth.gateway6 = IpAddress::parse(words[more + 1]);
  return veth.address6 && veth.gateway6 ? std::optional(veth) : std::nullopt;
}

Result<std::vector<std::string>> missing_inside(const VethLink& veth) {
  const OpenSpace space = TRY(open_space_of(veth));
  std::vector<std::string> missing;
  TRY(run_inside(space, [&]() -> Result<> {
    missing = TRY(InsideOf(veth).missing());
    return {};
  }));
  return missing;
}

Result<std::string> mark_of_new(const VethLink& veth) {
  VethLink there = veth;
  there.number = TRY(open_space_of(veth)).number;
  return veth_mark(there);
}

constexpr size_t kSideBySide = 64;   // threads, which do nothing but wait

void end_pairs_side_by_side(const std::vector<uint32_t>& indexes) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    auto rtnl = RtnlSocket::open();
    if (!rtnl) return;
    for (size_t at = next++; at < indexes.size(); at = next++)
      (void)rtnl->send_unless(remove_link_request({}, indexes[at]), {ENODEV});
  };
  std::vector<std::jthread> threads(std::min(indexes.size(), kSideBySide));
  for (std::jthread& thread : threads) thread = std::jthread(work);
}

}   // namespace sluice
