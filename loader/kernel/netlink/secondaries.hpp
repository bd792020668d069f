// SPDX-License-Identifier: GPL-2.0-or-later
// Removing the first IPv4 address of a subnet makes the kernel remove all others of that subnet on the
// device, and the routes through them, unless promote_secondaries is set. A document that changes
// 192.0.2.1/24 into 192.0.2.2/24 would lose both. While this object lives, the others stay.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "kernel/netlink/rtnl_socket.hpp"
#include "model/address.hpp"

namespace sluice {

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
