// SPDX-License-Identifier: GPL-2.0-or-later
// What WireGuard's numbers and keys mean, where both backends say it alike.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "model/tunnel.hpp"

namespace sluice {

// Of the clock's epoch. Zeros: never; neither is what the clock cannot hold.
inline std::optional<std::chrono::system_clock::time_point> handshake_at(uint64_t seconds,
                                                                         uint64_t nanoseconds) {
  constexpr uint64_t kLast = 8'000'000'000;   // in the year 2223
  if ((seconds == 0 && nanoseconds == 0) || seconds > kLast || nanoseconds >= 1'000'000'000)
    return std::nullopt;
  return std::chrono::system_clock::time_point(std::chrono::seconds(seconds) +
                                               std::chrono::nanoseconds(nanoseconds));
}

// A preshared key of zeros is none.
inline std::optional<WireguardKey> preshared_of(const WireguardKey& key) {
  return key == WireguardKey{} ? std::nullopt : std::optional(key);
}

}   // namespace sluice
