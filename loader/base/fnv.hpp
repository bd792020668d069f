// SPDX-License-Identifier: GPL-2.0-or-later
// FNV-1a (Fowler, Noll, Vo), 64 bits: tells two states apart, defends against nobody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace sluice {

inline constexpr uint64_t kFnvStart = 0xcbf29ce484222325;

inline uint64_t fnv(uint64_t sum, const void* data, size_t size) {
  for (size_t i = 0; i < size; ++i) sum = (sum ^ static_cast<const uint8_t*>(data)[i]) * 0x100000001b3;
  return sum;
}

// Large tables, eight bytes at a step: eight times as fast, and another sum. High bits of a word would never
// reach low bits of the sum by multiplying, so they are folded down.
inline uint64_t fnv_words(uint64_t sum, const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  const size_t whole = size - size % sizeof(uint64_t);
  for (size_t i = 0; i < whole; i += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes + i, sizeof(word));
    sum = (sum ^ word) * 0x100000001b3;
    sum ^= sum >> 32;
  }
  return fnv(sum, bytes + whole, size - whole);
}

// Rows must not have padding that differs between equal ones.
template <class Row>
uint64_t fnv_words(const std::vector<Row>& rows) {
  static_assert(std::is_trivially_copyable_v<Row>);
  return fnv_words(kFnvStart, rows.data(), rows.size() * sizeof(Row));
}

}   // namespace sluice
