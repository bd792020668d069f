// SPDX-License-Identifier: GPL-2.0-or-later
// Inside of devices that sluice makes: where a VXLAN sends to, which VLANs a bridge's port carries, how much
// fits through.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernel/netlink/socket.hpp"
#include "model/made_link.hpp"

namespace sluice {

Result<> set_mtu(RtnlSocket& rtnl, const std::string& link, uint32_t index, uint32_t mtu);

// All are idempotent: what is there already, or gone already, is success.
Result<> add_entry(RtnlSocket& rtnl, const std::string& link, uint32_t index, const ForwardingEntry& entry);
Result<> remove_entry(RtnlSocket& rtnl, const std::string& link, uint32_t index,
                      const ForwardingEntry& entry);
// Those that were put there by hand; not what the device learned, nor what a routing daemon told it.
Result<std::set<ForwardingEntry>> list_entries(RtnlSocket& rtnl, uint32_t index);

// A device that is behind a remote: what the kernel's device learned, and what it was told.
struct FdbEntry {
  MacAddress mac{};
  IpAddress remote;
  bool learned = false;   // by the device itself or a routing daemon
  bool told = false;      // by a routing daemon, whose business it stays
};
Result<std::vector<FdbEntry>> list_fdb(RtnlSocket& rtnl, uint32_t index);

Result<> add_port_vlan(RtnlSocket& rtnl, const std::string& link, uint32_t index, const PortVlan& vlan);
Result<> remove_port_vlan(RtnlSocket& rtnl, const std::string& link, uint32_t index, const PortVlan& vlan);
// Of every port of every bridge, and of the bridges: number of the device -> id -> untagged.
Result<std::map<uint32_t, std::map<uint16_t, bool>>> list_port_vlans(RtnlSocket& rtnl);
// Whether bridges can filter VLANs; asked of a kernel that has bridges.
Result<bool> filters_vlans(RtnlSocket& rtnl);

// Pure parts.
NlRequest add_entry_request(const std::string& link, uint32_t index, const ForwardingEntry& entry);
NlRequest remove_entry_request(const std::string& link, uint32_t index, const ForwardingEntry& entry);
NlRequest port_vlan_request(const std::string& link, uint32_t index, const PortVlan& vlan, bool add);
// RTM_NEWNEIGH of a VXLAN; nullopt: something else, learned, or cut.
std::optional<std::pair<uint32_t, ForwardingEntry>> parse_entry(const nlmsghdr& message);

// RTM_NEWNEIGH or RTM_DELNEIGH of a single address behind a remote; nullopt: something else, one that has a
// port, VNI or device of its own, or cut.
std::optional<std::pair<uint32_t, FdbEntry>> parse_fdb_entry(const nlmsghdr& message);

}   // namespace sluice
