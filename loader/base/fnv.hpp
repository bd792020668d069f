// SPDX-License-Identifier: GPL-2.0-or-later
// FNV-1a (Fowler, Noll, Vo), 64 bits: tells two states apart, defends against nobody.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

inline constexpr uint64_t kFnvStart = 0xcbf29ce484222325;

inline uint64_t fnv(uint64_t sum, const void* data, size_t size) {
  for (size_t i = 0; i < size; ++i) sum = (sum ^ static_cast<const uint8_t*>(data)[i]) * 0x100000001b3;
  return sum;
}

}   // namespace sluice
