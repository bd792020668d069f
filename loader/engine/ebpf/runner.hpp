// SPDX-License-Identifier: GPL-2.0-or-later
// The programs that the daemon runs itself: the sweeper and the clock.
#pragma once

#include <span>

#include "kernel/bpf/pins.hpp"
#include "maps/flow.h"

namespace sluice {

class Runner {
 public:
  static Result<Runner> open(const Pins& pins);

  Result<uint32_t> jiffies();              // low 32 bits, the clock of the packet path
  Result<uint32_t> jiffies_per_second();   // measured; takes a tenth of a second

  enum class Mode : uint32_t { kExpired = 0, kDisallowed = 1, kAll = 2 };
  // Ends those of the flows that this mode ends; answers how many.
  Result<uint32_t> end_flows(std::span<const sl_tuple> flows, Mode mode);
  // Gives back ports whose rest is over.
  Result<> end_rests();
  // Fragments that waited too long for their first piece are counted as dropped; answers how many.
  Result<uint32_t> expire_parked();

 private:
  Runner(UniqueFd sweep, UniqueFd clock) : sweep_(std::move(sweep)), clock_(std::move(clock)) {}
  UniqueFd sweep_, clock_;
};

}   // namespace sluice
