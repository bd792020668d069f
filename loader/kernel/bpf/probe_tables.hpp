// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a program may ask a routing table by its number, which VRFs need. Found by asking.
#pragma once

#include "kernel/probe_row.hpp"

namespace sluice {

// kWarning: everything but VRFs works.
ProbeRow probe_tables();

// The sentence why eBPF cannot carry VRFs here; empty: it can.
std::string refusal_of_tables();

}   // namespace sluice
