// SPDX-License-Identifier: GPL-2.0-or-later
// Values of the model as they stand in map rows: network byte order, mapped addresses.
#pragma once

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "maps/interface.h"
#include "maps/rules.h"
#include "model/document.hpp"
#include "model/match.hpp"

namespace sluice {

inline sl_addr row_address(const IpAddress& address) {
  sl_addr row;
  std::memcpy(row.w, address.bytes().data(), sizeof(row.w));
  return row;
}

inline IpAddress address_of(const sl_addr& row) {
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), row.w, bytes.size());
  return IpAddress::from_bytes(bytes);
}

// The address that errors and masquerades use there; unspecified: the interface has none of this family.
inline IpAddress address_of(const sl_interface& row, Family family) {
  sl_addr own{{0, 0, htonl(0xffff), row.address4}};
  if (family == Family::kIpv6) std::memcpy(own.w, row.address6, sizeof(own.w));
  return address_of(own);
}

inline sl_action row_action(Action action) {
  switch (action) {
    case Action::kAccept: return SL_ACCEPT;
    case Action::kReject: return SL_REJECT;
    case Action::kDrop: return SL_DROP;
  }
  return SL_DROP;
}

// The row of the masquerade between two zones, + 1; 0: none.
inline uint32_t masquerade_of(const sl_zone_pair& pair, Family family) {
  return family == Family::kIpv4 ? pair.masquerade4 : pair.masquerade6;
}

// Whether a static mapping translates what leaves into this zone (static_applies() in bpf/nat/translate.h).
inline bool applies(const sl_static& mapping, uint16_t outside, bool masqueraded) {
  return mapping.zone == outside || (mapping.zone == SL_ANY_ZONE && masqueraded);
}

// `tag` stands in front of the address: its 32 bits are always part of the match.
inline sl_prefix_key row_prefix(uint32_t tag, const Prefix& prefix) {
  return {.prefixlen = 32u + static_cast<uint32_t>(prefix.mapped_length()),
          .tag = tag,
          .address = row_address(prefix.address)};
}

inline sl_prefix_key row_prefix(uint32_t tag, const AddressKey& key) {
  sl_prefix_key row{.prefixlen = 32u + static_cast<uint32_t>(key.length), .tag = tag};
  std::memcpy(row.address.w, key.bytes.data(), sizeof(row.address.w));
  return row;
}

inline sl_service_key row_service(const ServiceKey& key) {
  return {.prefixlen = key.length == 0 ? 0u : static_cast<uint32_t>(key.length + 8),
          .protocol = static_cast<uint8_t>(key.bits >> 16),
          .zero = 0,
          .port = htons(static_cast<uint16_t>(key.bits & 0xffff))};
}

inline sl_prefix_key row_host(uint32_t tag, const IpAddress& address) {
  return {.prefixlen = 32 + 128, .tag = tag, .address = row_address(address)};
}

}   // namespace sluice
