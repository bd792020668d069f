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
  // Read only. The size of the memory is that of the rows, 8 bytes at least each, in whole pages.
  static Result<MapMemory> of(const std::string& name, int map_fd);
  MapMemory(MapMemory&& other) noexcept
      : at_(std::exchange(other.at_, nullptr)), bytes_(other.bytes_), count_(other.count_) {}
  MapMemory& operator=(MapMemory&&) = delete;
  ~MapMemory();

  template <class Row>
  std::span<const Row> rows() const {
    static_assert(sizeof(Row) % 8 == 0, "the kernel rounds rows up to 8 bytes");
    return {static_cast<const Row*>(at_), count_};
  }

 private:
  MapMemory(const void* at, size_t bytes, uint32_t count) : at_(at), bytes_(bytes), count_(count) {}
  const void* at_;
  size_t bytes_;
  uint32_t count_;
};

}   // namespace sluice
