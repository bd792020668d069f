// SPDX-License-Identifier: GPL-2.0-or-later
// Touches the memory of new tables, so that no packet is the first to do so: a hypervisor that keeps page
// tables of its own (PVM, shadow paging) fills them in where memory is first used, which takes longer than
// all else that a first packet does.
#pragma once

#include <cstdint>
#include <stop_token>
#include <thread>

#include "kernel/bpf/pins.hpp"

namespace sluice {

class TableToucher {
 public:
  // In a thread of its own; one that goes on is stopped. A failure is nobody's: packets do it then.
  void begin(const Pins& pins, uint32_t slots4, uint32_t slots6);
  void stop() { thread_ = {}; }

 private:
  std::jthread thread_;
};

}   // namespace sluice
