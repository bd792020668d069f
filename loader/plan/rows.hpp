// SPDX-License-Identifier: GPL-2.0-or-later
// Values of the model as they stand in map rows: network byte order, mapped addresses.
#pragma once

#include <arpa/inet.h>

#include <cstring>

#include "maps/rules.h"
#include "model/address.hpp"

namespace sluice {

inline sl_addr row_address(const IpAddress& address) {
  sl_addr row;
  std::memcpy(row.w, address.bytes().data(), sizeof(row.w));
  return row;
}

// `tag` stands in front of the address: its 32 bits are always part of the match.
inline sl_prefix_key row_prefix(uint32_t tag, const Prefix& prefix) {
  return {.prefixlen = 32u + static_cast<uint32_t>(prefix.mapped_length()),
          .tag = tag,
          .address = row_address(prefix.address)};
}

inline sl_prefix_key row_host(uint32_t tag, const IpAddress& address) {
  return {.prefixlen = 32 + 128, .tag = tag, .address = row_address(address)};
}

}   // namespace sluice
