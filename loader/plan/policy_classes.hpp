// SPDX-License-Identifier: GPL-2.0-or-later
// Policies into the tables of the bit-vector classifier.
#pragma once

#include "plan/bit_classes.hpp"
#include "plan/rules_ebpf.hpp"

namespace sluice {

// Whether it says anything about traffic from one zone to the other.
bool speaks_of(const Policy& policy, const std::string& from, const std::string& to);

// Fills policy_source, policy_dest, policy_service and the header's dimensions; numbers the classes.
void classify_policies(const Document& document, BitClasses& classes, RulesEbpf& rules);

}   // namespace sluice
