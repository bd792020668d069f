// SPDX-License-Identifier: GPL-2.0-or-later
// Classes of policies as bit vectors (see maps/rules.h): equal vectors share a class, and of each class only
// the chunks are kept that have a bit.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "maps/rules.h"

namespace sluice {

inline constexpr uint32_t kBitsPerChunk = 512;

class BitClasses {
 public:
  explicit BitClasses(size_t policies);

  static constexpr uint32_t kNone = 0;   // the class of no policy

  // What comes after shares no class with what came before, and its rows start at a rounded place: a class
  // more in one dimension moves no row of another, whose tables then stay the same
  // (engine/ebpf/table_writer.hpp).
  void next_dimension();

  // Number of the class of a class's policies and these.
  uint32_t extend(uint32_t number, std::span<const uint32_t> policies);
  const sl_policy_class& operator[](uint32_t number) const { return classes_[number]; }

  std::vector<sl_policy_bits> take_rows() { return std::move(rows_); }

 private:
  bool is_sparse() const;
  template <class Each>
  void for_each_chunk(uint32_t summary, Each each) const;
  bool is_class(uint32_t number, uint32_t summary) const;
  uint32_t number_of(uint32_t summary);

  uint32_t chunks_;
  size_t stride_;   // rows
  std::vector<sl_policy_class> classes_;
  std::unordered_multimap<uint64_t, uint32_t> numbers_;   // by a hash of the bits
  std::vector<sl_policy_bits> rows_;
  std::vector<sl_policy_bits> bits_;   // working memory: all chunks
};

}   // namespace sluice
