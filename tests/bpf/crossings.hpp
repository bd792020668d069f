// SPDX-License-Identifier: GPL-2.0-or-later
// Every way across the gateway with every protocol: one table for several suites.
#pragma once

#include <ostream>
#include <vector>

#include "support/bpf_test.hpp"

namespace sluice::test {

struct Crossing {
  const char* name;
  At in, out;
  Layers packet;          // the first of its flow
  const char* seen;       // its route as the receiver sees it
  const char* nat = "";   // the rule that translates it
};

inline void PrintTo(const Crossing& crossing, std::ostream* out) { *out << crossing.name; }

const std::vector<Crossing>& crossings();

}   // namespace sluice::test
