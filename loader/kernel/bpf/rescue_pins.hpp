// SPDX-License-Identifier: GPL-2.0-or-later
// Pins that somebody removed while programs on devices went on using the maps: the maps are taken back from
// them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "kernel/bpf/pins.hpp"

namespace sluice {

// The tc programs of sluice on the devices of this network namespace, by id.
std::vector<uint32_t> attached_programs();

// Whether every map and program that outlives the daemon has its pin.
Result<bool> has_all_pins(const Pins& pins);

// Pins those of the programs' maps that have no pin. How many; maps that no such program uses are not among
// them.
Result<size_t> rescue_pins(const Pins& pins, const std::vector<uint32_t>& programs);

}   // namespace sluice
