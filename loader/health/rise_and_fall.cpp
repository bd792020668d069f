// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/rise_and_fall.hpp"

#include <algorithm>

namespace sluice {

bool RiseAndFall::note(bool good) {
  const Health before = state_;
  answers_ = good ? answers_ + 1 : 0;
  failures_ = good ? 0 : failures_ + 1;
  if (good && (state_ == Health::kUnknown || answers_ >= rise_)) state_ = Health::kUp;
  if (!good && failures_ >= fall_) state_ = Health::kDown;
  return state_ != before;
}

void Latency::note(std::chrono::microseconds time) { mean_ = mean_ ? *mean_ + (time - *mean_) / 8 : time; }

// Nobody chooses by less than that.
constexpr std::chrono::microseconds kLeastMove{100};

bool Latency::has_moved() {
  if (!mean_ || (told_ && std::chrono::abs(*mean_ - *told_) <= std::max(*told_ / 20, kLeastMove)))
    return false;
  told_ = mean_;
  return true;
}

}   // namespace sluice
