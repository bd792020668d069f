// SPDX-License-Identifier: GPL-2.0-or-later
// By which rule the packet path would translate a flow's source (bpf/nat/translate.h, masquerade.h).
#pragma once

#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <optional>

#include "compile/common/numbered_rules.hpp"
#include "engine/state.hpp"

namespace sluice {

// Longest-prefix match over rows of the rules, as the packet path's tries answer.
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

struct SourceRule {
  uint32_t object = 0;       // number of the static mapping or masquerade, or of what leads a hairpin
  bool masquerade = false;   // its flows hold a mapping
  uint32_t scope = 0;        // of that mapping
};

// What the two directions of a flow say of its translation.
bool has_new_source(const FlowState& flow);
bool changes_family(const FlowState& flow);
bool has_new_destination(const FlowState& flow);

// Refers to the rules, which must outlive it.
class SourceRules {
 public:
  explicit SourceRules(const NumberedRules& rules);
  // nullopt: its source stays as it is.
  std::optional<SourceRule> find(const FlowState& flow) const;

 private:
  struct Outside {
    uint16_t zone = 0;
    uint32_t ifindex = 0;
  };
  Outside outside_of(const FlowState& flow) const;
  std::optional<SourceRule> by_own_address(const FlowState& flow) const;
  const sl_zone_pair* pair_of(uint16_t from, uint16_t to) const;

  const NumberedRules& rules_;
  PrefixTable<sl_static> static_in_, static_out_;
  PrefixTable<sl_local> local_;
};

}   // namespace sluice
