// SPDX-License-Identifier: GPL-2.0-or-later
// An address as netlink has it.
#pragma once

#include <cstdint>
#include <span>

#include "model/address.hpp"

namespace sluice {

// In network byte order: 4 bytes, the tail of the mapped form, or 16. They live as long as the address.
inline std::span<const uint8_t> wire_bytes(const IpAddress& address) {
  const std::span<const uint8_t> all(address.bytes());
  return address.is_ipv4() ? all.last(4) : all;
}

}   // namespace sluice
