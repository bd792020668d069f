// SPDX-License-Identifier: GPL-2.0-or-later
// The programs and maps of sluice that are in the kernel: a line each, for people who read it.
#pragma once

#include <string>
#include <vector>

#include "kernel/bpf/pins.hpp"

namespace sluice {

// Also of those that no pin names and that are on devices.
Result<std::vector<std::string>> list_program_lines(const Pins& pins);
Result<std::vector<std::string>> list_map_lines(const Pins& pins);

}   // namespace sluice
