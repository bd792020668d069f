// SPDX-License-Identifier: GPL-2.0-or-later
// Which rows of a table are free, in pieces. Rows that were given back are free when nobody can read them any
// more.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace sluice {

class Room {
 public:
  using Pieces = std::map<uint32_t, uint32_t>;   // first row -> how many

  // All rows of the table but those; they do not overlap.
  Room(uint32_t rows, const Pieces& used);

  // The first of so many rows; none: there is no such piece. No rows lie anywhere.
  std::optional<uint32_t> take(uint32_t count);
  void give_back(uint32_t first, uint32_t count);
  // Nobody reads what was given back.
  void settle();
  uint32_t largest() const;   // of what is free and what will be

 private:
  static void add(Pieces& pieces, uint32_t first, uint32_t count);

  Pieces free_, used_yet_;
};

}   // namespace sluice
