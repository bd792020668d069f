// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's devices of VRFs, where it makes them (docs/decisions/0030-vrf-devices.md): made, changed, and
// filled with the interfaces of their VRF. What leaves the document is let go by plan_made_links().
#pragma once

#include <set>

#include "plan/step.hpp"

namespace sluice {

// The devices that the document would have; none where the kernel makes none.
std::vector<MadeLink> wanted_vrf_devices(const Document& document, const Observed& observed);

// Nothing of it is refused: a VRF works by rules as well, and then plan.notes says so. Answers the numbers of
// the interfaces that are moved, because the kernel takes away all routes through one that it moves.
std::set<uint32_t> plan_vrf_devices(const Document& document, const Observed& observed, Plan& plan);

}   // namespace sluice
