// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel knows of a loaded BPF program: how often and how long it ran, and its functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace sluice::bench {

struct ProgramFunction {
  std::string name;
  uint32_t instructions = 0;   // of BPF, as rewritten by the verifier
  uint32_t bytes = 0;          // of machine code
};

struct Program {
  std::string name;
  uint64_t runs = 0, run_ns = 0;   // counted only while somebody asked the kernel to
  std::vector<ProgramFunction> functions;
};

Result<Program> look_at_program(uint32_t id);

}   // namespace sluice::bench
