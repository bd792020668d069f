// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/result.hpp"
#include "kernel/bpf/pins.hpp"

namespace sluice::test {

// The XDP program on the tables that are pinned, as the engine attaches it; the answer is the program.
Result<UniqueFd> load_xdp(const Pins& pins);

}   // namespace sluice::test
