// SPDX-License-Identifier: GPL-2.0-or-later
// Queues at interfaces with a rate (docs/decisions/0022-bandwidth.md): hierarchical token buckets of the
// kernel, into which both engines sort what leaves by the VRF that it came in by.
#pragma once

#include <optional>

#include "plan/step.hpp"

namespace sluice {

// What an interface is to have; none: it sends as fast as it can.
std::optional<Queues> queues_of(const Document& document, const Interface& interface);

// Whether what comes in by it has a class of its own where it leaves.
bool has_queue(const Document& document, const Interface& interface);

// Fails where somebody else's queue discipline is in the way.
Result<> plan_queues(const Document& document, const Observed& observed, Plan& plan);

}   // namespace sluice
