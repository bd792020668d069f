// SPDX-License-Identifier: GPL-2.0-or-later
// When something that failed is tried again: later each time, and at once where it is something else.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace sluice {

class Attempts {
 public:
  Attempts(std::chrono::seconds first, std::chrono::seconds longest)
      : first_(first), longest_(longest), pause_(first) {}

  // Failure: why it is not tried yet.
  Result<> begin(const std::string& what) {
    if (what != std::exchange(what_, what)) {
      next_ = {};
      pause_ = first_;
    }
    return Clock::now() < next_ ? std::unexpected(failure_) : Result<>();
  }

  // After begin(). `otherwise` is said where it comes again too soon although it went well.
  Result<> end(Result<> tried, std::string otherwise) {
    failure_ = tried ? Error{std::move(otherwise)} : tried.error();
    if (tried) pause_ = first_;
    next_ = Clock::now() + pause_;
    if (!tried) pause_ = std::min(2 * pause_, longest_);
    return tried;
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::string what_;
  std::chrono::seconds first_, longest_, pause_;
  Clock::time_point next_{};
  Error failure_;
};

}   // namespace sluice
