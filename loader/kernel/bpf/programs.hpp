// SPDX-License-Identifier: GPL-2.0-or-later
// The tc programs of this binary: loaded, their maps made or taken over by their pins, pinned themselves.
#pragma once

#include "base/result.hpp"
#include "kernel/bpf/pins.hpp"
#include "model/observed.hpp"

namespace sluice {

// Loads the tc programs and pins them and all maps; tables of live state that are pinned in another
// size are replaced by empty ones, all of them. Sizes of zeros: as they are pinned.
// Running programs are not touched.
Result<> load_programs(const Pins& pins, const TableSizes& sizes);

// From now on the egress programs, those that are attached already too, hand the gateway's own packets to the
// ingress program that is pinned now.
Result<> connect_egress(const Pins& pins);

}   // namespace sluice
