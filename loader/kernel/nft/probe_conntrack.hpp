// SPDX-License-Identifier: GPL-2.0-or-later
// The connection tracker, which holds the flows of the nftables engine.
#pragma once

#include "kernel/probe_row.hpp"

namespace sluice {

ProbeRow probe_ctnetlink();    // its flows can be asked for; needs the privilege to change them as well
ProbeRow probe_accounting();   // it can count packets and bytes of each flow

}   // namespace sluice
