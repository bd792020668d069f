// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the relays of this gateway are there, and which one callers are told.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "model/document.hpp"
#include "model/health.hpp"

namespace sluice {

struct RelayOffer {
  std::string name;
  Health state = Health::kUnknown;
  std::optional<std::chrono::microseconds> latency;
};

// The nearest that answers; the one that is told already stays until another one is nearer by a fifth. One
// that was not asked yet is told where none answers, in the order of the document. Empty: all are gone.
std::string choose_relay(const std::vector<RelayOffer>& offers, const std::string& told);

// Each relay whose address is known is asked through its tunnel every 0.7 s: one that is gone is left within
// three.
void add_relay_targets(const Document& document, std::vector<HealthTarget>& targets);

// Logs it. False: it is of no relay.
bool tell_relay(const HealthChange& change);

}   // namespace sluice
