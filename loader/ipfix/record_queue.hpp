// SPDX-License-Identifier: GPL-2.0-or-later
// Records that wait for somebody who may be slow. Of too many the oldest give way, and are counted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "ipfix/record.hpp"

namespace sluice {

class RecordQueue {
 public:
  explicit RecordQueue(size_t most) : most_(most) {}

  // Answers how many had to give way.
  size_t add(std::span<const NatRecord> records) {
    records_.insert(records_.end(), records.begin(), records.end());
    const size_t over = size() > most_ ? size() - most_ : 0;
    take(over);
    return over;
  }

  // Oldest first; until the next change.
  std::span<const NatRecord> waiting() const { return std::span(records_).subspan(taken_); }
  size_t size() const { return records_.size() - taken_; }

  void take(size_t records) {
    taken_ += std::min(records, size());
    if (taken_ == records_.size() || taken_ > most_) tidy();
  }

 private:
  // The memory of a flood is given back when it is over.
  void tidy() {
    records_.erase(records_.begin(), records_.begin() + static_cast<ptrdiff_t>(taken_));
    taken_ = 0;
    if (records_.empty() && records_.capacity() > kKept) records_.shrink_to_fit();
  }

  static constexpr size_t kKept = 4096;
  size_t most_;
  std::vector<NatRecord> records_;
  size_t taken_ = 0;   // of those at the front
};

}   // namespace sluice
