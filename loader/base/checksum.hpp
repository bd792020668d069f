// SPDX-License-Identifier: GPL-2.0-or-later
// The checksum of headers of the internet (RFC 1071).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sluice {

// In the order of the bytes themselves. `size` is even.
inline uint16_t internet_checksum(const void* data, size_t size) {
  uint32_t sum = 0;
  for (size_t at = 0; at + 1 < size; at += 2) {
    uint16_t word = 0;
    std::memcpy(&word, static_cast<const char*>(data) + at, sizeof(word));
    sum += word;
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}   // namespace sluice
