// SPDX-License-Identifier: GPL-2.0-or-later
// That an interface or a port of a bridge lost its carrier or has it again, as a log entry. Pure.
#pragma once

#include <chrono>
#include <string>

#include "show/event_text.hpp"

namespace sluice {

struct CarrierTurn {
  std::string device;
  std::string zone;     // of an interface; empty: it is a port
  std::string bridge;   // that the port is of
  bool is_there = false;
};

EventEntry entry_of(const CarrierTurn& turn, std::chrono::system_clock::time_point time);

}   // namespace sluice
