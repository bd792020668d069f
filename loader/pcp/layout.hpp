// SPDX-License-Identifier: GPL-2.0-or-later
// Where things are in messages of PCP and NAT-PMP, for both sides. Whoever reads has looked that the bytes
// are there. Private to pcp/.
#pragma once

#include <algorithm>

#include "pcp/message.hpp"

namespace sluice::pcp {

inline constexpr uint8_t kAnswerBit = 0x80, kNatPmp = 0;
inline constexpr uint8_t kOpAnnounce = 0, kOpMap = 1;                       // of PCP
inline constexpr uint8_t kPmpAddress = 0, kPmpMapUdp = 1, kPmpMapTcp = 2;   // of NAT-PMP
inline constexpr size_t kHeader = 24, kMapEnd = kHeader + 36;
inline constexpr size_t kPmpAddressRequest = 2, kPmpMapRequest = 12;
inline constexpr size_t kPmpAddressAnswer = 12, kPmpMapAnswer = 16;

inline uint16_t read16(BytesView bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

inline uint32_t read32(BytesView bytes, size_t at) {
  return uint32_t{read16(bytes, at)} << 16 | read16(bytes, at + 2);
}

inline IpAddress read_address(BytesView bytes, size_t at) {
  std::array<uint8_t, 16> address{};
  std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), address.size(), address.begin());
  return IpAddress::from_bytes(address);
}

inline void put16(Bytes& bytes, size_t at, uint16_t value) {
  bytes[at] = static_cast<uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<uint8_t>(value);
}

inline void put32(Bytes& bytes, size_t at, uint32_t value) {
  put16(bytes, at, static_cast<uint16_t>(value >> 16));
  put16(bytes, at + 2, static_cast<uint16_t>(value));
}

inline void put_address(Bytes& bytes, size_t at, const IpAddress& address) {
  std::ranges::copy(address.bytes(), bytes.begin() + static_cast<ptrdiff_t>(at));
}

}   // namespace sluice::pcp
