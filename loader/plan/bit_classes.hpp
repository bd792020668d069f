// SPDX-License-Identifier: GPL-2.0-or-later
// Classes of policies as bit vectors (see maps/rules.h): equal vectors share a class.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "maps/rules.h"
#include "model/match.hpp"

namespace sluice {

inline constexpr uint32_t kBitsPerChunk = 512;

using PolicySet = RuleSet;

class BitClasses {
 public:
  explicit BitClasses(size_t policies)
      : chunks_(
            std::max<uint32_t>(1, static_cast<uint32_t>((policies + kBitsPerChunk - 1) / kBitsPerChunk))) {
    class_of(none());
    class_of(all(policies));
  }

  uint32_t chunks() const { return chunks_; }
  PolicySet none() const { return PolicySet(chunks_ * 8, 0); }

  uint32_t class_of(const PolicySet& set) {
    auto [at, is_new] = numbers_.try_emplace(set, static_cast<uint32_t>(numbers_.size()));
    if (is_new) append(set);
    return at->second;
  }

  std::vector<sl_policy_bits> take_rows() { return std::move(rows_); }

 private:
  // Class 1 is every bit of every chunk, also with no policy at all: it must differ from class 0.
  PolicySet all(size_t) const { return PolicySet(chunks_ * 8, ~uint64_t{0}); }

  void append(const PolicySet& set) {
    for (uint32_t chunk = 0; chunk < chunks_; ++chunk) {
      sl_policy_bits row;
      std::copy_n(set.begin() + chunk * 8, 8, row.word);
      rows_.push_back(row);
    }
  }

  uint32_t chunks_;
  std::map<PolicySet, uint32_t> numbers_;
  std::vector<sl_policy_bits> rows_;
};

}   // namespace sluice
