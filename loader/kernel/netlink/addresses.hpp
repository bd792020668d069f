// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses of network devices.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernel/netlink/socket.hpp"
#include "model/address.hpp"
#include "model/observed.hpp"

namespace sluice {

inline constexpr uint8_t kAddressProtocol = 92;   // IFA_PROTO of addresses that sluice adds; `ip` prints it

struct LinkAddress {
  uint32_t index = 0;   // of the device
  ObservedAddress address;
};

// Of one device, which has to be there; 0: of all.
Result<std::vector<LinkAddress>> list_addresses(RtnlSocket& rtnl, uint32_t index = 0);

// Both are idempotent: one that is there already, or gone already (also with its device), is success.
// `link` is the device's name, `index` says which device is meant. Index 0: the device is known to be gone.
// `routed`: the kernel lays the route to the address's network, in the main table.
Result<> add_address(RtnlSocket& rtnl, const std::string& link, uint32_t index,
                     const InterfaceAddress& address, bool routed = true);
Result<> remove_address(RtnlSocket& rtnl, const std::string& link, uint32_t index,
                        const InterfaceAddress& address);

// Pure parts.
NlRequest addresses_request(uint32_t index = 0);
NlRequest add_address_request(const std::string& link, uint32_t index, const InterfaceAddress& address,
                              bool routed = true);
NlRequest remove_address_request(const std::string& link, uint32_t index, const InterfaceAddress& address);
// RTM_NEWADDR; nullopt: something else or cut.
std::optional<LinkAddress> parse_address(const nlmsghdr& message);
// The address in an attribute's 4 or 16 bytes, as the family says.
std::optional<IpAddress> parse_ip(uint8_t family, std::span<const uint8_t> bytes);

// Removing the first IPv4 address of a subnet makes the kernel remove all others of that subnet on the
// device, and the routes through them, unless promote_secondaries is set. A document that changes
// 192.0.2.1/24 into 192.0.2.2/24 would lose both. While this object lives, the others stay.
class KeptSecondaries {
 public:
  // Changes something only when `address` shares its subnet with another address of the device.
  static Result<KeptSecondaries> of(RtnlSocket& rtnl, const std::string& link, uint32_t index,
                                    const InterfaceAddress& address);
  KeptSecondaries(KeptSecondaries&& other) noexcept : path_(std::exchange(other.path_, std::nullopt)) {}
  KeptSecondaries& operator=(KeptSecondaries&&) = delete;
  ~KeptSecondaries();

 private:
  explicit KeptSecondaries(std::optional<std::string> path) : path_(std::move(path)) {}

  std::optional<std::string> path_;   // the sysctl to put back to 0
};

}   // namespace sluice
