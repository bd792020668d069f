// SPDX-License-Identifier: GPL-2.0-or-later
// An array that was made with BPF_F_MMAPABLE, seen as memory: for as long as this object lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace sluice {

class MapMemory {
 public:
  // Read only: `count` rows from `first` on, as far as there are so many. A row has 8 bytes or a multiple of
  // that. What is mapped counts for the process's memory until this object ends, in whole pages.
  static Result<MapMemory> of(const std::string& name, int map_fd, uint32_t first = 0,
                              uint32_t count = UINT32_MAX);
  MapMemory(MapMemory&& other) noexcept
      : at_(std::exchange(other.at_, nullptr)),
        bytes_(other.bytes_),
        offset_(other.offset_),
        count_(other.count_) {}
  MapMemory& operator=(MapMemory&&) = delete;
  ~MapMemory();

  template <class Row>
  std::span<const Row> rows() const {
    static_assert(sizeof(Row) % 8 == 0, "the kernel rounds rows up to 8 bytes");
    return {reinterpret_cast<const Row*>(static_cast<const std::byte*>(at_) + offset_), count_};
  }

 private:
  MapMemory(const void* at, size_t bytes, size_t offset, uint32_t count)
      : at_(at), bytes_(bytes), offset_(offset), count_(count) {}
  const void* at_;   // a page; null: moved from
  size_t bytes_;
  size_t offset_;   // of the first row
  uint32_t count_;
};

}   // namespace sluice
