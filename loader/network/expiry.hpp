// SPDX-License-Identifier: GPL-2.0-or-later
// When endpoints end by the wall clock.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "model/network.hpp"

namespace sluice {

// How long the next endpoint that ends is still one; none: none ends.
std::optional<std::chrono::milliseconds> time_until_expiry(const std::vector<Network>& networks,
                                                           std::chrono::system_clock::time_point now);

}   // namespace sluice
