// SPDX-License-Identifier: GPL-2.0-or-later
// When the machine is looked at: soon after something was heard of it, in one for all that comes in a burst.
// An edit that went by what is known makes news of its own, and the look at all of the machine that they ask
// for would keep the next edit waiting; so between edits that follow each other it is put off, but never for
// long. Where packets go next is seen to at once all the same. Pure.
#pragma once

#include <chrono>

#include "kernel/netlink/monitor.hpp"

namespace sluice {

class LookPace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void hear(const Change& change, Time now);          // from the kernel
  void hear_others(const Change& change, Time now);   // no edit makes such
  // `edited`: when the last such edit ended. Time::max(): there is nothing to look at.
  Time due(Time edited) const;
  // What is to be looked at now; it is not due any more.
  Change take(Time now, Time edited);

 private:
  struct Heard {
    Change change;
    Time since{};   // of the oldest of it
    void add(const Change& more, Time now);
  };
  Time due_of_devices(Time edited) const;

  Heard soon_, devices_;   // the second may wait
};

// All that either says.
void add(Change& all, const Change& more);

}   // namespace sluice
