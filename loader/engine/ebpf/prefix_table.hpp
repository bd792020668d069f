// SPDX-License-Identifier: GPL-2.0-or-later
// Longest-prefix match over rows of the rules, as the packet path's tries answer.
#pragma once

#include <array>
#include <cstring>
#include <functional>
#include <map>

#include "compile/common/numbered_rules.hpp"

namespace sluice {

template <class V>
class PrefixTable {
 public:
  explicit PrefixTable(const Rows<sl_prefix_key, V>& rows) {
    for (const auto& [key, value] : rows)
      by_length_[key.prefixlen - 32][{key.tag, masked(key.address, key.prefixlen - 32)}] = value;
  }

  // Null: no prefix with this tag has it.
  const V* find(uint32_t tag, const sl_addr& address) const {
    for (const auto& [bits, rows] : by_length_)
      if (const auto at = rows.find({tag, masked(address, bits)}); at != rows.end()) return &at->second;
    return nullptr;
  }

 private:
  using Bytes = std::array<uint8_t, sizeof(sl_addr)>;

  static Bytes masked(const sl_addr& address, uint32_t bits) {
    Bytes bytes{};
    std::memcpy(bytes.data(), &address, bits / 8);
    if (bits % 8) {
      const auto* all = reinterpret_cast<const uint8_t*>(&address);
      bytes[bits / 8] = static_cast<uint8_t>(all[bits / 8] & 0xff << (8 - bits % 8));
    }
    return bytes;
  }

  std::map<uint32_t, std::map<std::pair<uint32_t, Bytes>, V>, std::greater<>> by_length_;
};

}   // namespace sluice
