// SPDX-License-Identifier: GPL-2.0-or-later
// Other backends for services in the rules that are in force: pure.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "compile/common/service_blocks.hpp"
#include "model/observed.hpp"
#include "plan/step.hpp"

namespace sluice {

// More services than these are exchanged together, with all rules: no packet sees some of them led by the old
// ones.
inline constexpr size_t kMostServicesInPlace = 16;

// As the digest of the rules in force is written.
std::string text_of_digest(uint64_t digest);

// The steps from the rules in force to plan.rules. False, and no step: they differ in more than a few
// services.
bool plan_services(const ObservedEngine& engine, Plan& plan);

// The same where it is known that no more than the states of these services' addresses changed: nothing else
// is compiled. `engine` need not say which rules are in force. None: that has to be looked at as a whole.
struct ServiceChange {
  std::string name;
  Family family;
  std::shared_ptr<const Balancing> before, after;
};
std::optional<std::vector<Step>> lead_services(const Document& document,
                                               std::span<const ServiceChange> changes,
                                               const ObservedEngine& engine);

}   // namespace sluice
