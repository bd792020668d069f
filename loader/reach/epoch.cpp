// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/epoch.hpp"

#include <utility>

namespace sluice {

// A clock may run by a sixteenth faster or slower than the other, and answers take time.
bool EpochWatch::note(uint32_t epoch, Time now) {
  const auto before = std::exchange(last_, Seen{epoch, now});
  if (!before) return true;
  if (last_->epoch + 1 < before->epoch) return false;
  const int64_t ours = std::chrono::duration_cast<std::chrono::seconds>(now - before->when).count();
  const int64_t theirs = last_->epoch - before->epoch;
  return ours + 2 >= theirs - theirs / 16 && theirs + 2 >= ours - ours / 16;
}

}   // namespace sluice
