// SPDX-License-Identifier: GPL-2.0-or-later
// The programs that the daemon runs itself: the garbage collector and the clock.
#pragma once

#include <span>
#include <stop_token>

#include "kernel/bpf/pins.hpp"
#include "maps/flow.h"
#include "maps/limit.h"
#include "maps/limit_debt.h"

namespace sluice {

class Runner {
 public:
  static Result<Runner> open(const Pins& pins);

  Result<uint32_t> jiffies();   // low 32 bits, the clock of the packet path

  // kAdopt: rows that were written without a slot get one, and are counted as the packet path does.
  enum class Mode : uint32_t { kExpired = 0, kDisallowed = 1, kAll = 2, kAdopt = 4 };   // bpf/flow/gc_run.h
  // Ends those of the flows that this mode ends, or adopts them; answers how many.
  Result<uint32_t> visit(std::span<const sl_tuple> flows, Mode mode);
  // The same with all flows that have a slot; `slots` is how many slots there are.
  Result<uint32_t> walk(bool ipv6, uint32_t slots, Mode mode);
  // Judges the flows again that are counted as this object, whatever rules they were judged by; 0: all.
  Result<uint32_t> walk_led(bool ipv6, uint32_t slots, uint32_t object);
  // Touches the memory of so many slots and of the rows beside them, until it is told to stop
  // (table_toucher.hpp).
  Result<> touch(bool ipv6, uint32_t slots, const std::stop_token& stop);
  // Both rows of each flow, or none of it, in this order, until one cannot be put: how many were, and why the
  // next was not, -EEXIST or -E2BIG; 0: all were.
  struct Put {
    size_t done = 0;
    int why = 0;
  };
  Result<Put> put(std::span<const sl_flow_pair> pairs);
  // Gives back ports whose rest is over.
  Result<> end_rests();
  // Buckets of limits that are full again; answers how many.
  Result<uint32_t> end_buckets(std::span<const sl_limit_key> buckets);
  // Buckets of limits become as empty as these are, or stay emptier; answers how many became so.
  Result<uint32_t> keep_debts(std::span<const sl_limit_debt> debts);
  // Fragments that waited too long for their first piece are counted as dropped; answers how many.
  Result<uint32_t> expire_frag_queues();

 private:
  template <class Row>
  Result<uint32_t> gc_list(std::span<const Row> rows, uint32_t mode);
  Result<uint32_t> walk_in(bool ipv6, uint32_t slots, uint32_t mode, const std::stop_token& stop = {});

  Runner(UniqueFd gc, UniqueFd clock) : gc_(std::move(gc)), clock_(std::move(clock)) {}
  UniqueFd gc_, clock_;
};

}   // namespace sluice
