// SPDX-License-Identifier: GPL-2.0-or-later
// Whether netfilter sees frames of the document's bridges, and what does not work there for that
// (docs/decisions/0020-devices-made-by-sluice.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/probe.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"

namespace sluice {

// By which the bridges show their packets: "net.bridge.bridge-nf-call-iptables" and its like.
std::vector<std::string> sysctls_that_show_frames();

// Nothing: no forward leads to a host behind a bridge, or no frame is shown. Pure.
std::optional<ProbeRow> judge_bridge_rules(const Document& document, const Observed& observed,
                                           const std::vector<std::string>& showing);

}   // namespace sluice
