// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the kernel has room for further neighbours. Who scans a network behind the gateway takes it.
#pragma once

#include "kernel/netlink/neighbour_tables.hpp"
#include "kernel/probe_row.hpp"

namespace sluice {

// A warning from three quarters of gc_thresh3 on: the kernel throws out what it can from gc_thresh2, half of
// it.
ProbeRow judge_neighbours(const NeighbourTable& table);

}   // namespace sluice
