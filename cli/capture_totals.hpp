// SPDX-License-Identifier: GPL-2.0-or-later
// What a stream of pcapng says of itself at its end, read as it passes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::cli {

class CaptureTotals {
 public:
  struct Totals {
    uint64_t packets = 0, lost = 0;   // written; without a place in time
    std::string why;                  // it ended
  };

  void read(std::string_view piece);
  // None: it has not come to its end.
  const std::optional<Totals>& totals() const { return totals_; }

 private:
  void read_statistics();

  std::string block_;      // as much of this one as is wanted
  uint64_t to_skip_ = 0;   // bytes of it that are not
  std::optional<Totals> totals_;
};

}   // namespace sluice::cli
