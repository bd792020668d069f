// SPDX-License-Identifier: GPL-2.0-or-later
// Queues at interfaces with a rate (docs/decisions/0022-bandwidth.md): hierarchical token buckets of the
// kernel, into which both engines sort what leaves by the VRF that it came in by.
#pragma once

#include "base/result.hpp"
#include "plan/step.hpp"

namespace sluice {

// Fails where somebody else's queue discipline is in the way.
Result<> plan_queues(const Document& document, const Observed& observed, Plan& plan);

}   // namespace sluice
