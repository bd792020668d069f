// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a device can carry anything now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

enum class LinkState : uint8_t { kMissing, kDown, kRuns };   // it runs: it is up, and so is its wire
LinkState link_state(const std::string& name);
// Whether what is at its other end is on. None: it is not there, or not up, so that nobody knows.
std::optional<bool> carrier_of(const std::string& name);

}   // namespace sluice
