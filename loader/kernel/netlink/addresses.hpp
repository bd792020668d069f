// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses of network devices.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/netlink/rtnl_socket.hpp"
#include "model/observed.hpp"

namespace sluice {

inline constexpr uint8_t kAddressProtocol = 92;   // IFA_PROTO of addresses that sluice adds; `ip` prints it

struct LinkAddress {
  uint32_t index = 0;   // of the device
  ObservedAddress address;
};

Result<std::vector<LinkAddress>> list_addresses(RtnlSocket& rtnl);

// Both are idempotent: one that is there already, or gone already (also with its device), is success.
// `link` is the device's name, `index` says which device is meant. Index 0: the device is known to be gone.
// `routed`: the kernel lays the route to the address's network, in the main table.
Result<> add_address(RtnlSocket& rtnl, const std::string& link, uint32_t index,
                     const InterfaceAddress& address, bool routed = true);
Result<> remove_address(RtnlSocket& rtnl, const std::string& link, uint32_t index,
                        const InterfaceAddress& address);

// Pure parts.
NlRequest addresses_request();
NlRequest add_address_request(const std::string& link, uint32_t index, const InterfaceAddress& address,
                              bool routed = true);
NlRequest remove_address_request(const std::string& link, uint32_t index, const InterfaceAddress& address);
// RTM_NEWADDR; nullopt: something else or cut.
std::optional<LinkAddress> parse_address(const nlmsghdr& message);
// The address in an attribute's 4 or 16 bytes, as the family says.
std::optional<IpAddress> parse_ip(uint8_t family, std::span<const uint8_t> bytes);

}   // namespace sluice
