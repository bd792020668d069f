// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a router has lost what it gave: the seconds that it counts, compared with ours (RFC 6887
// section 8.5, RFC 6886 section 3.6).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice {

class EpochWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // False: what was given before this answer is to be asked for again.
  bool note(uint32_t epoch, Time now);

 private:
  struct Seen {
    int64_t epoch;
    Time when;
  };
  std::optional<Seen> last_;
};

}   // namespace sluice
