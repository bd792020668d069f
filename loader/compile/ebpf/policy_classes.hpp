// SPDX-License-Identifier: GPL-2.0-or-later
// Policies into the tables of the bit-vector classifier.
#pragma once

#include "compile/common/numbered_rules.hpp"

namespace sluice {

SharedPolicyTables classify_policies(const Document& document);

}   // namespace sluice
