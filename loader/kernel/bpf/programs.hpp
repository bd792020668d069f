// SPDX-License-Identifier: GPL-2.0-or-later
// The BPF programs of this binary: loaded, their maps made or taken over by their pins, pinned themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.hpp"
#include "kernel/bpf/pins.hpp"
#include "plan/table_sizes.hpp"

namespace sluice {

// The objects in this binary, as the compiler wrote them.
std::span<const std::byte> tc_object();
std::span<const std::byte> xdp_object();
// Identity of the programs in this binary.
std::string available_build();

// Loads the tc programs and pins them and all maps; tables of live state that are pinned in another
// size are replaced by empty ones, all of them. Sizes of zeros: as they are pinned.
// Running programs are not touched.
Result<> load_programs(const Pins& pins, const TableSizes& sizes);

// Types of the maps as the programs describe them, for maps that are made later (the rules' tables).
struct InnerMapKind {
  uint32_t type, key_size, value_size, flags;
  uint32_t key_type_id, value_type_id;
};
class MapTypes {
 public:
  static Result<MapTypes> open();
  MapTypes(MapTypes&&) noexcept;
  ~MapTypes();
  // An inner map of the outer map `name` with room for `rows`.
  Result<UniqueFd> make_inner(const std::string& name, uint32_t rows) const;

 private:
  struct Impl;
  explicit MapTypes(Impl* impl) : impl_(impl) {}
  Impl* impl_;
};

}   // namespace sluice
