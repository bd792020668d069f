// SPDX-License-Identifier: GPL-2.0-or-later
// Policies into the tables of the bit-vector classifier.
#pragma once

#include "plan/rules_ebpf.hpp"

namespace sluice {

// Whether it says anything about traffic from one zone to the other.
bool speaks_of(const Policy& policy, const std::string& from, const std::string& to);

SharedPolicyTables classify_policies(const Document& document);

}   // namespace sluice
