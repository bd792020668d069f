// SPDX-License-Identifier: GPL-2.0-or-later
// What the nftables engine needs of this machine, found by a dry run: the kernel checks a table with
// everything that sluice uses and throws it away.
#pragma once

#include "kernel/probe_row.hpp"

namespace sluice {

Probe probe_nft();

// Not needed by the engine: what `syn_cookies` of forwards need.
ProbeRow probe_synproxy();
// Why nftables makes no SYN cookies here; empty: it does.
std::string refusal_of_synproxy();

}   // namespace sluice
