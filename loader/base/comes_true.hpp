// SPDX-License-Identifier: GPL-2.0-or-later
// Waiting for what another process does.
#pragma once

#include <chrono>
#include <thread>

namespace sluice {

// Whether `condition` holds within that time; it is asked again every few milliseconds.
template <class Condition>
bool comes_true(std::chrono::steady_clock::duration patience, Condition&& condition) {
  constexpr std::chrono::milliseconds kTryAgain{5};
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kTryAgain);
  }
  return true;
}

}   // namespace sluice
