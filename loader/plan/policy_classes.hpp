// SPDX-License-Identifier: GPL-2.0-or-later
// Policies into the tables of the bit-vector classifier.
#pragma once

#include "plan/rules_ebpf.hpp"

namespace sluice {

// Whether it says anything about traffic from one zone to the other.
bool speaks_of(const Policy& policy, const std::string& from, const std::string& to);

// The tables of the rules that depend on the document alone, so that they are made once while the machine is
// looked at again and again.
struct PolicyTables {
  std::vector<sl_policy_class> pairs;   // of zones, by from * zones + to
  uint32_t dimensions = 0;              // SL_BY_*
  std::vector<sl_policy_bits> bits;
  Rows<sl_prefix_key, sl_policy_class> source, dest;
  Rows<sl_service_key, sl_policy_class> service;
};

PolicyTables classify_policies(const Document& document);

}   // namespace sluice
