// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/link_contents.hpp"

#include <fmt/format.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"

namespace sluice {

namespace {

ndmsg place_of(uint32_t index) {
  return {.ndm_family = PF_BRIDGE,
          .ndm_ifindex = static_cast<int>(index),
          .ndm_state = NUD_PERMANENT | NUD_NOARP,
          .ndm_flags = NTF_SELF};
}

NlRequest entry_request(uint16_t type, uint16_t flags, std::string attempt, uint32_t index,
                        const ForwardingEntry& entry) {
  NlRequest request = NlRequest(type, flags, std::move(attempt))
                          .header(place_of(index))
                          .bytes(NDA_LLADDR, entry.mac)
                          .bytes(NDA_DST, wire_bytes(entry.remote));
  return entry.by ? std::move(request).u32(NDA_IFINDEX, entry.by) : std::move(request);
}

NlRequest entries_request(uint32_t index) {
  return NlRequest(RTM_GETNEIGH, 0, "list where VXLANs send to")
      .header(ndmsg{.ndm_family = PF_BRIDGE})
      .u32(NDA_IFINDEX, index);
}

std::optional<ForwardingEntry> entry_in(const Attributes& attributes) {
  const auto mac = attributes.bytes(NDA_LLADDR), remote = attributes.bytes(NDA_DST);
  ForwardingEntry entry;
  const auto address = parse_ip(remote.size() == 4 ? AF_INET : AF_INET6, remote);
  if (mac.size() != entry.mac.size() || !address) return std::nullopt;
  std::ranges::copy(mac, entry.mac.begin());
  entry.remote = *address;
  entry.by = attributes.u32(NDA_IFINDEX).value_or(0);
  return entry;
}

ifinfomsg port_of(uint32_t index) { return {.ifi_family = PF_BRIDGE, .ifi_index = static_cast<int>(index)}; }

NlRequest port_vlans_request() {
  return NlRequest(RTM_GETLINK, 0, "list the VLANs of bridges' ports")
      .header(port_of(0))
      .u32(IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN);
}

struct PortVlans {
  uint32_t index = 0;
  std::map<uint16_t, bool> vlans;
};

std::optional<PortVlans> parse_port_vlans(const nlmsghdr& message) {
  const auto* device = fixed_part<ifinfomsg>(message);
  if (message.nlmsg_type != RTM_NEWLINK || !device) return std::nullopt;
  PortVlans port{.index = static_cast<uint32_t>(device->ifi_index)};
  const Attributes attributes = Attributes::of(message, sizeof(*device));
  for (const auto& value : Attributes::values_in(attributes.bytes(IFLA_AF_SPEC), IFLA_BRIDGE_VLAN_INFO)) {
    bridge_vlan_info info{};
    if (value.size() != sizeof(info)) continue;
    std::memcpy(&info, value.data(), sizeof(info));
    port.vlans[info.vid] = (info.flags & BRIDGE_VLAN_INFO_UNTAGGED) != 0;
  }
  return port;
}

}   // namespace

Result<> set_mtu(RtnlSocket& rtnl, const std::string& link, uint32_t index, uint32_t mtu) {
  const ifinfomsg device{.ifi_family = AF_UNSPEC, .ifi_index = static_cast<int>(index)};
  return rtnl.send(NlRequest(RTM_NEWLINK, 0, fmt::format("set the MTU of {} to {}", link, mtu))
                       .header(device)
                       .u32(IFLA_MTU, mtu));
}

// The address that is all zeros has as many destinations as there are remotes; every other one has one.
NlRequest add_entry_request(const std::string& link, uint32_t index, const ForwardingEntry& entry) {
  const uint16_t more = entry.mac == MacAddress{} ? NLM_F_APPEND : NLM_F_REPLACE;
  auto attempt = fmt::format("send to {} from {}", entry.remote.to_string(), link);
  return entry_request(RTM_NEWNEIGH, NLM_F_CREATE | more, std::move(attempt), index, entry);
}

NlRequest remove_entry_request(const std::string& link, uint32_t index, const ForwardingEntry& entry) {
  auto attempt = fmt::format("send no more to {} from {}", entry.remote.to_string(), link);
  return entry_request(RTM_DELNEIGH, 0, std::move(attempt), index, entry);
}

NlRequest port_vlan_request(const std::string& link, uint32_t index, const PortVlan& vlan, bool add) {
  const uint16_t untagged = add && vlan.untagged ? BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED : 0;
  const bridge_vlan_info info{.flags = untagged, .vid = vlan.id};
  return NlRequest(add ? RTM_SETLINK : RTM_DELLINK, 0,
                   fmt::format("{} VLAN {} on {}", add ? "carry" : "no longer carry", vlan.id, link))
      .header(port_of(index))
      .nest(IFLA_AF_SPEC, [&](NlRequest&& spec) {
        const uint16_t whose = vlan.own ? BRIDGE_FLAGS_SELF : BRIDGE_FLAGS_MASTER;
        std::move(spec)
            .u16(IFLA_BRIDGE_FLAGS, whose)
            .bytes(IFLA_BRIDGE_VLAN_INFO, {reinterpret_cast<const uint8_t*>(&info), sizeof(info)});
      });
}

std::optional<std::pair<uint32_t, ForwardingEntry>> parse_entry(const nlmsghdr& message) {
  const auto* place = fixed_part<ndmsg>(message);
  if (message.nlmsg_type != RTM_NEWNEIGH || !place) return std::nullopt;
  if (!(place->ndm_state & NUD_PERMANENT) || !(place->ndm_flags & NTF_SELF)) return std::nullopt;
  if (place->ndm_flags & NTF_EXT_LEARNED) return std::nullopt;
  const auto entry = entry_in(Attributes::of(message, sizeof(*place)));
  if (!entry) return std::nullopt;
  return std::pair(static_cast<uint32_t>(place->ndm_ifindex), *entry);
}

std::optional<std::pair<uint32_t, FdbEntry>> parse_fdb_entry(const nlmsghdr& message) {
  const auto* place = fixed_part<ndmsg>(message);
  const bool is_news = message.nlmsg_type == RTM_NEWNEIGH || message.nlmsg_type == RTM_DELNEIGH;
  if (!is_news || !place || place->ndm_family != PF_BRIDGE || !(place->ndm_flags & NTF_SELF))
    return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*place));
  const auto entry = entry_in(attributes);
  const bool ordinary = !attributes.has(NDA_PORT) && !attributes.has(NDA_VNI) && !attributes.has(NDA_IFINDEX);
  if (!entry || !ordinary || (entry->mac[0] & 1) || entry->mac == MacAddress{}) return std::nullopt;
  return std::pair(static_cast<uint32_t>(place->ndm_ifindex),
                   FdbEntry{entry->mac, entry->remote, !(place->ndm_state & NUD_PERMANENT),
                            (place->ndm_flags & NTF_EXT_LEARNED) != 0});
}

Result<> add_entry(RtnlSocket& rtnl, const std::string& link, uint32_t index, const ForwardingEntry& entry) {
  TRY(rtnl.send_unless(add_entry_request(link, index, entry), {EEXIST}));
  return {};
}

Result<> remove_entry(RtnlSocket& rtnl, const std::string& link, uint32_t index,
                      const ForwardingEntry& entry) {
  TRY(rtnl.send_unless(remove_entry_request(link, index, entry), {ENOENT, ENODEV}));
  return {};
}

Result<std::set<ForwardingEntry>> list_entries(RtnlSocket& rtnl, uint32_t index) {
  std::set<ForwardingEntry> entries;
  for (const auto& [device, entry] : TRY(rtnl.dump(entries_request(index), parse_entry)))
    if (device == index) entries.insert(entry);
  return entries;
}

Result<std::vector<FdbEntry>> list_fdb(RtnlSocket& rtnl, uint32_t index) {
  std::vector<FdbEntry> entries;
  for (const auto& [device, entry] : TRY(rtnl.dump(entries_request(index), parse_fdb_entry)))
    if (device == index) entries.push_back(entry);
  return entries;
}

Result<> add_port_vlan(RtnlSocket& rtnl, const std::string& link, uint32_t index, const PortVlan& vlan) {
  return rtnl.send(port_vlan_request(link, index, vlan, true));
}

Result<> remove_port_vlan(RtnlSocket& rtnl, const std::string& link, uint32_t index, const PortVlan& vlan) {
  TRY(rtnl.send_unless(port_vlan_request(link, index, vlan, false), {ENOENT, ENODEV}));
  return {};
}

Result<std::map<uint32_t, std::map<uint16_t, bool>>> list_port_vlans(RtnlSocket& rtnl) {
  std::map<uint32_t, std::map<uint16_t, bool>> ports;
  for (const PortVlans& port : TRY(rtnl.dump(port_vlans_request(), parse_port_vlans)))
    ports[port.index].insert(port.vlans.begin(), port.vlans.end());
  return ports;
}

// Listing them by their own message came with the filter, and is missing where that is.
Result<bool> filters_vlans(RtnlSocket& rtnl) {
  const br_vlan_msg everywhere{.family = AF_BRIDGE};
  const auto listed =
      rtnl.dump_each(NlRequest(RTM_GETVLAN, 0, "list VLANs").header(everywhere), ignore_message);
  return listed.has_value();
}

}   // namespace sluice
