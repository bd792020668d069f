// SPDX-License-Identifier: GPL-2.0-or-later
// Flows that another engine carried.
#pragma once

#include <string>
#include <vector>

#include "engine/ebpf/take_over.hpp"
#include "lab.hpp"

namespace sluice::test {

// The rules that a document means on this machine, as they are in force after lab.apply(document).
std::shared_ptr<const NumberedRules> rules_of(Lab& lab, const std::string& document);

TakenOver take_over_flows(Lab& lab, const std::vector<FlowState>& flows, const std::string& document);

// A UDP flow from lan to internet that leaves as `outside`: ends are written "192.168.10.2:40000".
FlowState udp_flow(Lab& lab, const std::string& inside, const std::string& outside, const std::string& far);

}   // namespace sluice::test
