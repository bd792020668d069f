// SPDX-License-Identifier: GPL-2.0-or-later
// What runs and what was given keeps its place: a change that takes it is refused. Not at a start: what is
// stored is put in force as it is.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "gateway/candidate.hpp"
#include "gateway/known_machine.hpp"

namespace sluice {

// Of a candidate that was settled; `current`: what is in force. `by_known`: addresses of devices are those
// that are known. Failure (kInvalidDocument): containers that have no place in it, an endpoint with a key
// that is another's, something that is led to the gateway itself, a forward at the port that a network was
// given, and an endpoint that is said to have an address that is nobody's in its network, the gateway's or
// another endpoint's.
Result<> expect_kept(const GatewayCandidate& candidate, const std::optional<GatewayCandidate>& current,
                     KnownMachine& known, bool by_known);

}   // namespace sluice
