// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/veth.hpp"

// Before the kernel's own headers, which leave out what is there already.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include "base/fnv.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/made_links.hpp"
#include "kernel/netns/space.hpp"
#include "maps/interface.h"

namespace sluice {
namespace {

constexpr const char* kOtherEnd = "eth0";
constexpr uint8_t kWholeAddress = 32;

// Seen from inside. The gateway's address lies in no network of the pod's: it is on the link all the same.
Result<> furnish(const VethLink& veth) {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  const uint32_t index = TRY(link_index(rtnl, kOtherEnd));
  TRY(set_link_up(rtnl, "lo", 0));
  TRY(rtnl.send(add_address_request(kOtherEnd, index, {veth.address, kWholeAddress})));
  TRY(set_link_up(rtnl, kOtherEnd, index));
  return rtnl.send(default_route_request(index, veth.gateway));
}

}   // namespace

MacAddress veth_address(std::string_view space) {
  const uint64_t identity = fnv(kFnvStart, space.data(), space.size());
  MacAddress mac{0x02};   // locally administered (IEEE 802)
  for (size_t i = 1; i < mac.size(); ++i) mac[i] = static_cast<uint8_t>(identity >> (8 * i));
  return mac;
}

MacAddress veth_peer_address(const MacAddress& own) {
  MacAddress mac = own;
  mac[0] ^= SL_PEER_BIT;
  return mac;
}

NlRequest make_veth_request(const MadeLink& link, uint32_t index, int space) {
  const MacAddress own = veth_address(std::get<VethLink>(link.parameters).space);
  const NlRequest other = NlRequest(RTM_NEWLINK, 0, "")
                              .header(ifinfomsg{})
                              .text(IFLA_IFNAME, kOtherEnd)
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
  const rtmsg header{.rtm_family = AF_INET,
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
  const OpenSpace space = TRY(open_space(veth.space));
  TRY(rtnl.send(make_veth_request(link, index, space.fd.get())));
  auto furnished = run_inside(space, [&] { return furnish(veth); });
  if (!furnished) (void)remove_link(rtnl, link, TRY(link_index(rtnl, link.name)));
  return furnished;
}

// The number of the namespace too: a pair into an older one of the same name is not it.
std::string veth_mark(const VethLink& veth) {
  return fmt::format("{}: {} {} {} {}", kLinkMark, veth.space, veth.number, veth.address.to_string(),
                     veth.gateway.to_string());
}

std::optional<VethLink> parse_veth_mark(std::string_view alias) {
  if (!alias.starts_with(kLinkMark)) return std::nullopt;
  const auto words = split(alias.substr(kLinkMark.size()), ' ');
  if (words.size() != 5 || words[0] != ":") return std::nullopt;
  const auto number = whole_number<uint32_t>(words[2]);
  const auto address = IpAddress::parse(words[3]), gateway = IpAddress::parse(words[4]);
  if (!number || !address || !gateway) return std::nullopt;
  return VethLink{std::string(words[1]), *number, *address, *gateway};
}

Result<std::string> mark_of_new(const VethLink& veth) {
  VethLink there = veth;
  there.number = TRY(open_space(veth.space)).number;
  return veth_mark(there);
}

}   // namespace sluice
