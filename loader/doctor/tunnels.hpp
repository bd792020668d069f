// SPDX-License-Identifier: GPL-2.0-or-later
// Who carries the tunnels of networks, and why. Pure.
#pragma once

#include "kernel/probe.hpp"
#include "kernel/wireguard/wireguard.hpp"
#include "model/tunnel.hpp"

namespace sluice {

// `asked`: by the document. Without either backend it is a warning, because only documents with networks want
// one.
ProbeRow judge_tunnels(const TunnelBackends& found, WireguardBackend asked);

}   // namespace sluice
