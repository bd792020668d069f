// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/made_links.hpp"

// clang-format off: before the kernel's own headers, which leave out what is there already
#include <net/if.h>
// clang-format on

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include <array>
#include <cerrno>

#include "base/fnv.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/veth.hpp"
#include "kernel/wireguard/wireguard.hpp"
#include "maps/tunnel.h"

namespace sluice {
namespace {

ifinfomsg device_of(uint32_t index) {
  return {.ifi_family = AF_UNSPEC, .ifi_index = static_cast<int>(index)};
}

// What the kernel is told of each kind, inside IFLA_INFO_DATA.
struct PutParameters {
  NlRequest&& data;
  uint32_t parent;   // number of the device below

  void operator()(const std::monostate&) const {}
  void operator()(const BridgeLink& bridge) const {
    std::move(data)
        .u32(IFLA_BR_STP_STATE, 0)
        .u8(IFLA_BR_VLAN_FILTERING, bridge.vlan_filtering)
        .u16(IFLA_BR_VLAN_DEFAULT_PVID, bridge.vlan_filtering ? 0 : 1);
  }
  void operator()(const VlanLink& vlan) const {
    std::move(data)
        .u16(IFLA_VLAN_ID, vlan.id)
        .u16(IFLA_VLAN_PROTOCOL, htons(vlan.service ? ETH_P_8021AD : ETH_P_8021Q));
  }
  // Otherwise whoever is at the other end could fill the kernel's memory with addresses that it invents. As
  // many as the packet path's copy holds; what is not learned is sent to each remote. Outer packets are not
  // fragmented (RFC 7348 section 4.3), unless somebody wants frames that do not fit: the device's MTU is
  // small enough.
  void operator()(const VxlanLink& vxlan) const {
    std::move(data)
        .u32(IFLA_VXLAN_ID, vxlan.vni)
        .bytes(vxlan.local.is_ipv4() ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, wire_bytes(vxlan.local))
        .u16(IFLA_VXLAN_PORT, htons(vxlan.port))
        .u32(IFLA_VXLAN_LIMIT, uint32_t{SL_MAX_TUNNEL_ENDS})
        .u8(IFLA_VXLAN_LEARNING, vxlan.learning)
        .u8(IFLA_VXLAN_UDP_CSUM, 1)
        .u8(IFLA_VXLAN_DF, vxlan.fragments ? VXLAN_DF_UNSET : VXLAN_DF_SET);
    if (!vxlan.one_flow) return;
    const ifla_vxlan_port_range one{.low = htons(vxlan.port), .high = htons(vxlan.port + 1)};
    std::move(data).bytes(IFLA_VXLAN_PORT_RANGE, {reinterpret_cast<const uint8_t*>(&one), sizeof(one)});
  }
  // The frame inside may be as long as the outer packet: what does not fit is sent in pieces, whatever the
  // packet in the frame says of fragments.
  void operator()(const GretapLink& tunnel) const {
    std::move(data)
        .bytes(IFLA_GRE_LOCAL, wire_bytes(tunnel.local))
        .bytes(IFLA_GRE_REMOTE, wire_bytes(tunnel.remote))
        .u32(IFLA_GRE_LINK, parent)
        .u8(IFLA_GRE_PMTUDISC, 0)
        .u8(IFLA_GRE_IGNORE_DF, 1);
  }
  void operator()(const VrfLink& vrf) const { std::move(data).u32(IFLA_VRF_TABLE, vrf.table); }
  void operator()(const WireguardLink&) const {}   // it has a netlink family of its own
  void operator()(const VethLink&) const {}        // it has a request of its own (netlink/veth.hpp)
};

// What tells tunnels apart, because the machine's own identity may be shared (namespaces, clones).
uint64_t identity_of(const VxlanLink& vxlan) {
  const auto local = vxlan.local.bytes();
  uint64_t sum = fnv(kFnvStart, local.data(), local.size());
  sum = fnv(sum, &vxlan.vni, sizeof(vxlan.vni));
  return fnv(sum, &vxlan.port, sizeof(vxlan.port));
}

uint64_t identity_of(const GretapLink& tunnel) {
  const auto local = tunnel.local.bytes(), remote = tunnel.remote.bytes();
  return fnv(fnv(kFnvStart, local.data(), local.size()), remote.data(), remote.size());
}

// The same whenever the device is made: neighbours go on with the address that they know.
MacAddress address_from(uint64_t identity) {
  MacAddress mac{0x02};   // locally administered (IEEE 802)
  for (size_t i = 1; i < mac.size(); ++i) mac[i] = static_cast<uint8_t>(identity >> (8 * i));
  return mac;
}

NlRequest&& put_address(NlRequest&& request, const LinkParameters& parameters) {
  if (const auto* vxlan = std::get_if<VxlanLink>(&parameters))
    return std::move(request).bytes(IFLA_ADDRESS, address_from(identity_of(*vxlan)));
  if (const auto* tunnel = std::get_if<GretapLink>(&parameters))
    return std::move(request).bytes(IFLA_ADDRESS, address_from(identity_of(*tunnel)));
  return std::move(request);
}

NlRequest&& put_parent(NlRequest&& request, const LinkParameters& parameters, uint32_t parent) {
  return std::holds_alternative<VlanLink>(parameters) ? std::move(request).u32(IFLA_LINK, parent)
                                                      : std::move(request);
}

// Kernels without VLAN filtering refuse to hear of it, even that it shall be off: it is said of bridges that
// have it, and in a change.
bool needs_no_words(const LinkParameters& parameters) {
  if (std::holds_alternative<WireguardLink>(parameters)) return true;
  const auto* bridge = std::get_if<BridgeLink>(&parameters);
  return bridge && !bridge->vlan_filtering;
}

NlRequest&& put_link_info(NlRequest&& request, const LinkParameters& parameters, uint32_t parent, bool data) {
  return std::move(request).nest(IFLA_LINKINFO, [&](NlRequest&& info) {
    auto&& named = std::move(info).text(IFLA_INFO_KIND, kind_name(parameters));
    if (data)
      std::move(named).nest(IFLA_INFO_DATA, [&](NlRequest&& inside) {
        std::visit(PutParameters{std::move(inside), parent}, parameters);
      });
  });
}

// A bridge's address would otherwise become the lowest of its members', and change as they come and go: what
// is set, be it the same, stays.
Result<> keep_address(RtnlSocket& rtnl, const MadeLink& link, uint32_t index) {
  if (!std::holds_alternative<BridgeLink>(link.parameters)) return {};
  for (const ObservedLink& seen : TRY(list_links(rtnl)))
    if (seen.index == index)
      return rtnl.send(NlRequest(RTM_NEWLINK, 0, fmt::format("keep the address of {}", link.name))
                           .header(device_of(index))
                           .bytes(IFLA_ADDRESS, seen.mac));
  return {};
}

Result<std::string> mark_of(const MadeLink& link) {
  const auto* veth = std::get_if<VethLink>(&link.parameters);
  return veth ? mark_of_new(*veth) : std::string(kLinkMark);
}

// A request of its own: the kernel does not hear of an alias while it makes a device.
Result<> mark(RtnlSocket& rtnl, const MadeLink& link, uint32_t index) {
  return rtnl.send(NlRequest(RTM_NEWLINK, 0, fmt::format("mark {}", link.name))
                       .header(device_of(index))
                       .text(IFLA_IFALIAS, TRY(mark_of(link))));
}

Result<ObservedLink> link_named(RtnlSocket& rtnl, const std::string& name) {
  for (ObservedLink& link : TRY(list_links(rtnl)))
    if (link.name == name) return std::move(link);
  return fail(fmt::format("{} is not there", name));
}

// The other end sends nothing of its own, so that nothing of it reaches the VLAN's interface.
Result<> set_up_quietly(RtnlSocket& rtnl, const std::string& name) {
  const uint32_t index = TRY(link_index(rtnl, name));
  TRY(rtnl.send_unless(quiet_request(name, index), {EAFNOSUPPORT, EOPNOTSUPP}));
  return set_link_up(rtnl, name, index);
}

Result<> make_vlan_by_tags(RtnlSocket& rtnl, const MadeLink& link, const VlanLink& vlan, uint32_t index) {
  const ObservedLink parent = TRY(link_named(rtnl, vlan.parent));
  TRY(rtnl.send(make_vlan_by_tags_request(link, index, parent)));
  return set_up_quietly(rtnl, other_end_name(vlan, parent.index));
}

// Without its mark it is a device of no kind, with a socket of its name.
bool is_by_wireguard_go(const MadeLink& link) {
  const auto* tunnel = std::get_if<WireguardLink>(&link.parameters);
  if (tunnel) return tunnel->userspace;
  return std::holds_alternative<std::monostate>(link.parameters) && has_tunnel_socket(link.name);
}

Result<uint32_t> parent_index(RtnlSocket& rtnl, const LinkParameters& parameters) {
  const std::string& parent = parent_of(parameters);
  return parent.empty() ? Result<uint32_t>(0) : link_index(rtnl, parent);
}

// wireguard-go has no say in the number.
Result<> make_device(RtnlSocket& rtnl, const MadeLink& link, uint32_t index) {
  if (is_by_wireguard_go(link)) return start_userspace_tunnel(link.name);
  if (const auto* vlan = std::get_if<VlanLink>(&link.parameters); vlan && vlan->by_tags)
    return make_vlan_by_tags(rtnl, link, *vlan, index);
  if (const auto* veth = std::get_if<VethLink>(&link.parameters)) return make_veth(rtnl, link, *veth, index);
  return rtnl.send(make_link_request(link, index, TRY(parent_index(rtnl, link.parameters))));
}

Result<uint32_t> sign(RtnlSocket& rtnl, const MadeLink& link) {
  const uint32_t made = TRY(link_index(rtnl, link.name));
  TRY(keep_address(rtnl, link, made));
  TRY(mark(rtnl, link, made));   // last: what has it is whole
  return made;
}

}   // namespace

NlRequest make_link_request(const MadeLink& link, uint32_t index, uint32_t parent) {
  NlRequest named = NlRequest(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "make " + to_string(link))
                        .header(device_of(index))
                        .text(IFLA_IFNAME, link.name);
  auto&& placed = put_parent(put_address(std::move(named), link.parameters), link.parameters, parent);
  return put_link_info(std::move(placed), link.parameters, parent, !needs_no_words(link.parameters));
}

NlRequest make_vlan_by_tags_request(const MadeLink& link, uint32_t index, const ObservedLink& parent) {
  const NlRequest other =
      NlRequest(RTM_NEWLINK, 0, "")
          .header(ifinfomsg{})
          .text(IFLA_IFNAME, other_end_name(std::get<VlanLink>(link.parameters), parent.index))
          .u32(IFLA_MTU, parent.mtu);
  const auto description = std::as_bytes(other.bytes().subspan(NLMSG_HDRLEN));
  return NlRequest(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "make " + to_string(link))
      .header(device_of(index))
      .text(IFLA_IFNAME, link.name)
      .u32(IFLA_MTU, parent.mtu)
      .bytes(IFLA_ADDRESS, parent.mac)
      .nest(IFLA_LINKINFO, [&](NlRequest&& info) {
        std::move(info).text(IFLA_INFO_KIND, "veth").nest(IFLA_INFO_DATA, [&](NlRequest&& data) {
          std::move(data).bytes(VETH_INFO_PEER,
                                {reinterpret_cast<const uint8_t*>(description.data()), description.size()});
        });
      });
}

NlRequest quiet_request(const std::string& link, uint32_t index) {
  return NlRequest(RTM_NEWLINK, 0, fmt::format("keep {} without addresses", link))
      .header(device_of(index))
      .nest(IFLA_AF_SPEC, [](NlRequest&& families) {
        std::move(families).nest(AF_INET6, [](NlRequest&& ipv6) {
          std::move(ipv6).u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
        });
      });
}

NlRequest change_link_request(const MadeLink& link, uint32_t index, uint32_t parent) {
  return put_link_info(NlRequest(RTM_NEWLINK, 0, fmt::format("change {} into {}", link.name, to_string(link)))
                           .header(device_of(index)),
                       link.parameters, parent, true);
}

NlRequest remove_link_request(const MadeLink& link, uint32_t index) {
  return NlRequest(RTM_DELLINK, 0, "remove " + to_string(link)).header(device_of(index));
}

NlRequest set_master_request(const std::string& link, uint32_t index, const std::string& master,
                             uint32_t master_index) {
  auto attempt = master.empty() ? fmt::format("take {} out of its bridge or VRF", link)
                                : fmt::format("put {} into {}", link, master);
  return NlRequest(RTM_NEWLINK, 0, std::move(attempt))
      .header(device_of(index))
      .u32(IFLA_MASTER, master_index);
}

Result<uint32_t> link_index(RtnlSocket& rtnl, const std::string& link) {
  uint32_t index = 0;
  TRY(rtnl.get_unless(NlRequest(RTM_GETLINK, 0, fmt::format("look for the device {}", link))
                          .header(ifinfomsg{})
                          .text(IFLA_IFNAME, link),
                      {}, [&](const nlmsghdr& message) {
                        if (const auto seen = parse_link(message)) index = seen->index;
                      }));
  return index;
}

Result<uint32_t> make_link(RtnlSocket& rtnl, const MadeLink& link, uint32_t index) {
  TRY(make_device(rtnl, link, index));
  auto made = sign(rtnl, link);
  // Without the mark nobody would know whose process it is.
  if (!made && is_by_wireguard_go(link)) (void)stop_userspace_tunnel(link.name);
  return made;
}

Result<> change_link(RtnlSocket& rtnl, const MadeLink& link, uint32_t index) {
  return rtnl.send(change_link_request(link, index, TRY(parent_index(rtnl, link.parameters))));
}

Result<> remove_link(RtnlSocket& rtnl, const MadeLink& link, uint32_t index) {
  if (is_by_wireguard_go(link)) return stop_userspace_tunnel(link.name);
  TRY(rtnl.send_unless(remove_link_request(link, index), {ENODEV}));
  return {};
}

Result<> set_master(RtnlSocket& rtnl, const std::string& link, uint32_t index, const std::string& master) {
  const uint32_t own = index ? index : TRY(link_index(rtnl, link));
  const uint32_t above = master.empty() ? 0 : TRY(link_index(rtnl, master));
  return rtnl.send(set_master_request(link, own, master, above));
}

}   // namespace sluice
