// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/room.hpp"

#include <algorithm>
#include <iterator>

namespace sluice {

Room::Room(uint32_t rows, const Pieces& used) {
  uint32_t next = 0;
  for (const auto& [first, count] : used) {
    if (first > next) add(free_, next, first - next);
    next = first + count;
  }
  if (rows > next) add(free_, next, rows - next);
}

// Pieces that touch become one.
void Room::add(Pieces& pieces, uint32_t first, uint32_t count) {
  if (count == 0) return;
  auto next = pieces.lower_bound(first);
  if (next != pieces.end() && next->first == first + count) {
    count += next->second;
    next = pieces.erase(next);
  }
  if (next != pieces.begin())
    if (const auto before = std::prev(next); before->first + before->second == first) {
      before->second += count;
      return;
    }
  pieces.emplace(first, count);
}

std::optional<uint32_t> Room::take(uint32_t count) {
  if (count == 0) return 0;
  const auto at = std::ranges::find_if(free_, [&](const auto& piece) { return piece.second >= count; });
  if (at == free_.end()) return std::nullopt;
  const auto [first, size] = *at;
  free_.erase(at);
  add(free_, first + count, size - count);
  return first;
}

void Room::give_back(uint32_t first, uint32_t count) { add(used_yet_, first, count); }

void Room::settle() {
  for (const auto& [first, count] : used_yet_) add(free_, first, count);
  used_yet_.clear();
}

uint32_t Room::largest() const {
  Pieces all = free_;
  for (const auto& [first, count] : used_yet_) add(all, first, count);
  uint32_t largest = 0;
  for (const auto& [first, count] : all) largest = std::max(largest, count);
  return largest;
}

}   // namespace sluice
