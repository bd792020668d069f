// SPDX-License-Identifier: GPL-2.0-or-later
// Sixteen bytes in network byte order (an address) as a number: a hundred thousand of them are sorted several
// times as fast as by memcmp().
#pragma once

#include <endian.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace sluice {

using Wide = unsigned __int128;

inline Wide wide(const std::array<uint8_t, 16>& bytes) {
  uint64_t high = 0, low = 0;
  std::memcpy(&high, bytes.data(), sizeof(high));
  std::memcpy(&low, bytes.data() + sizeof(high), sizeof(low));
  return Wide{be64toh(high)} << 64 | be64toh(low);
}

}   // namespace sluice
