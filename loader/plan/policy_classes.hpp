// SPDX-License-Identifier: GPL-2.0-or-later
// Policies into the tables of the bit-vector classifier.
#pragma once

#include "plan/rules_ebpf.hpp"

namespace sluice {

SharedPolicyTables classify_policies(const Document& document);

}   // namespace sluice
