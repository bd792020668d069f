// SPDX-License-Identifier: GPL-2.0-or-later
// The tc programs of this binary: loaded, their maps made or taken over by their pins, pinned themselves.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kernel/bpf/object.hpp"
#include "kernel/bpf/pins.hpp"
#include "model/observed.hpp"

namespace sluice {

// The maps of the tc programs, which are there before any program is loaded.
class MadeMaps {
 public:
  // Tables of live state that are pinned in another size are made anew, all of them, and not pinned yet.
  // Sizes of zeros: as they are pinned.
  static Result<MadeMaps> make(const Pins& pins, const TableSizes& sizes);

  // An object of the same file, opened without a folder of pins, uses these maps instead of its own.
  Result<> share_with(const bpf_object* object) const;
  // An object of another file uses those that have pins; the others are its own.
  Result<> share_pinned_with(const bpf_object* object) const;
  // The tables that were made anew, in place of those that are pinned.
  Result<> replace_pins(const Pins& pins) const;
  // The pins of what was not there before: nothing came of it.
  void unpin() const;

 private:
  Result<> share(bpf_map* map) const;
  Result<> prepare_half(const Pins& pins, const TableSizes& sizes, bool second);

  // The kernel takes a tenth of a second for large tables: two objects make half of them each, side by side.
  std::array<BpfObject, 2> halves_;
  std::vector<bpf_map*> instead_, new_;
};

// Loads the tc programs and pins them and all maps; tables of live state that are pinned in another
// size are replaced by empty ones, all of them. Sizes of zeros: as they are pinned.
// Running programs are not touched.
Result<> load_programs(const Pins& pins, const TableSizes& sizes);

// From now on the egress programs, those that are attached already too, hand the gateway's own packets to the
// ingress program that is pinned now.
Result<> connect_egress(const Pins& pins);

}   // namespace sluice
