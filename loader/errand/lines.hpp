// SPDX-License-Identifier: GPL-2.0-or-later
// A stream that is read and written by lines, by one who waits.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sluice {

class Lines {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Lines(int fd) : fd_(fd) {}   // somebody else's

  Result<> write(std::string_view text) const;
  // Without its end. None: it did not come by then. Failure: the other end is gone.
  Result<std::optional<std::string>> find(Clock::time_point end);
  // The same where it has to come.
  Result<std::string> read(Clock::time_point end);

 private:
  int fd_;
  std::string waiting_;
};

}   // namespace sluice
