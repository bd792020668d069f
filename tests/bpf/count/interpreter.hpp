// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a program instruction by instruction and counts them (RFC 9669): the same on every machine, however
// busy it is. The kernel's verifier has seen the program, so nothing is checked here.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "recorded.hpp"

namespace sluice::test {

// What a program meets outside of itself.
class World {
 public:
  virtual ~World() = default;
  virtual uint64_t map(uint32_t id) = 0;                      // what a helper takes as the map
  virtual uint64_t map_value(uint32_t id, uint32_t at) = 0;   // of the first row
  virtual uint64_t helper(uint32_t number, const std::array<uint64_t, 5>& arguments) = 0;
  // The context's pointers, which it has in fields of 32 bits. False: it is no such field.
  virtual bool pointer(uint64_t address, uint64_t& value) = 0;
  // Just before the program compares and exchanges what is there: another CPU may be faster.
  virtual void meanwhile(uint64_t address) = 0;
};

struct Execution {
  uint64_t answer = 0;
  std::vector<uint64_t> runs;   // of each instruction
  uint64_t total() const;
};

Execution interpret(const Recorded& program, World& world, void* context);

}   // namespace sluice::test
