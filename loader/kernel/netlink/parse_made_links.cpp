// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel says of devices that sluice makes.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>

#include <cstring>

#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"
#include "kernel/netlink/made_links.hpp"

namespace sluice {
namespace {

bool flag(const Attributes& data, uint16_t type) {
  const auto value = data.bytes(type);
  return !value.empty() && value.front() != 0;
}

// Whether a VXLAN chooses among no ports: `high` is none of them any more.
bool has_one_source_port(const Attributes& data) {
  ifla_vxlan_port_range range{};
  const auto bytes = data.bytes(IFLA_VXLAN_PORT_RANGE);
  if (bytes.size() != sizeof(range)) return false;
  std::memcpy(&range, bytes.data(), sizeof(range));
  return ntohs(range.low) + 1 == ntohs(range.high);
}

VxlanLink parse_vxlan(const Attributes& data) {
  VxlanLink vxlan{.vni = data.u32(IFLA_VXLAN_ID).value_or(0),
                  .port = ntohs(data.u16(IFLA_VXLAN_PORT).value_or(0)),
                  .learning = flag(data, IFLA_VXLAN_LEARNING),
                  .fragments = !flag(data, IFLA_VXLAN_DF),
                  .one_flow = has_one_source_port(data)};
  const bool ipv6 = data.has(IFLA_VXLAN_LOCAL6);
  if (const auto local =
          parse_ip(ipv6 ? AF_INET6 : AF_INET, data.bytes(ipv6 ? IFLA_VXLAN_LOCAL6 : IFLA_VXLAN_LOCAL)))
    vxlan.local = *local;
  return vxlan;
}

IpAddress ipv4_in(const Attributes& data, uint16_t type) {
  return parse_ip(AF_INET, data.bytes(type)).value_or(IpAddress());
}

}   // namespace

LinkParameters parse_parameters(const Attributes& info) {
  const auto kind = info.text(IFLA_INFO_KIND).value_or("");
  const Attributes data = info.nest(IFLA_INFO_DATA);
  if (kind == "bridge") return BridgeLink{flag(data, IFLA_BR_VLAN_FILTERING)};
  if (kind == "vlan")
    return VlanLink{"", data.u16(IFLA_VLAN_ID).value_or(0),
                    data.u16(IFLA_VLAN_PROTOCOL) == htons(ETH_P_8021AD)};
  if (kind == "vxlan") return parse_vxlan(data);
  if (kind == "gretap") return GretapLink{ipv4_in(data, IFLA_GRE_LOCAL), ipv4_in(data, IFLA_GRE_REMOTE)};
  if (kind == "vrf") return VrfLink{data.u32(IFLA_VRF_TABLE).value_or(0)};
  if (kind == "wireguard") return WireguardLink{};
  return {};
}

uint32_t parse_lower(const Attributes& info) {
  const auto kind = info.text(IFLA_INFO_KIND).value_or("");
  const Attributes data = info.nest(IFLA_INFO_DATA);
  return kind == "gretap" ? data.u32(IFLA_GRE_LINK).value_or(0) : 0;
}

}   // namespace sluice
