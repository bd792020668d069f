// SPDX-License-Identifier: GPL-2.0-or-later
// Types of the maps as the programs describe them, for maps that are made later (the rules' tables).
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "kernel/bpf/object.hpp"

namespace sluice {

class MapTypes {
 public:
  static Result<MapTypes> open();
  // An inner map of the outer map `name` with room for `rows`.
  Result<UniqueFd> make_inner(const std::string& name, uint32_t rows) const;

 private:
  explicit MapTypes(BpfObject object, int types) : object_(std::move(object)), types_(types) {}
  BpfObject object_;
  int types_;   // BTF, closed with the object; -1: the kernel takes none
};

}   // namespace sluice
