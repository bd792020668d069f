// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers in network byte order into memory that is there. Each answers where the next one goes.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>

namespace sluice {

template <std::unsigned_integral T>
uint8_t* put_be(uint8_t* at, T value) {
  for (size_t left = sizeof(T); left-- > 0;) *at++ = static_cast<uint8_t>(value >> (8 * left));
  return at;
}

inline uint8_t* put_bytes(uint8_t* at, std::span<const uint8_t> bytes) {
  std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

}   // namespace sluice
