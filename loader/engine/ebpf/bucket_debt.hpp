// SPDX-License-Identifier: GPL-2.0-or-later
// How much a bucket of a limit may owe (maps/limit.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "engine/ebpf/tables.hpp"
#include "maps/limit.h"

namespace sluice {

using BucketClock = std::chrono::steady_clock;   // CLOCK_MONOTONIC, as that of the packet path is

// As the packet path counts it.
uint64_t bucket_time(BucketClock::time_point time);

// How far a bucket may be ahead of now: a packet that is larger than all of it passes one that is full.
uint64_t most_debt(const sl_limit& limit);

// After the switch to `limits`: what a bucket owes by a rate of before holds the new one up for no longer
// than an empty bucket does. `before`: the limits that were in force; null: not known.
Result<> shorten_debts(Tables& tables, const std::vector<sl_limit>& limits,
                       const std::vector<sl_limit>* before);

}   // namespace sluice
