// SPDX-License-Identifier: GPL-2.0-or-later
// What the nftables engine needs of this machine.
#pragma once

#include <cstdint>

#include "kernel/probe.hpp"

namespace sluice {

// A question without a content to a part of netfilter, to see whether it answers: NFNL_SUBSYS_* and one of
// its messages. errno; 0: it answered.
int ask_netfilter(uint8_t subsystem, uint8_t message);

// The connection tracker, which holds the flows of the nftables engine.
ProbeRow probe_ctnetlink();    // its flows can be asked for; needs the privilege to change them as well
ProbeRow probe_accounting();   // it can count packets and bytes of each flow

// What the nftables engine needs of this machine, found by a dry run: the kernel checks a table with
// everything that sluice uses and throws it away.
Probe probe_nft();

// Not needed by the engine: what `syn_cookies` of forwards need.
ProbeRow probe_synproxy();
// Why nftables makes no SYN cookies here; empty: it does.
std::string refusal_of_synproxy();

}   // namespace sluice
