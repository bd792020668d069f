// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver/long_answers.hpp"

#include <algorithm>
#include <chrono>

namespace sluice {
namespace {

using std::chrono::nanoseconds;

nanoseconds time_of(size_t bytes) { return nanoseconds(std::nano::den) * bytes / LongAnswers::kPerSecond; }

}   // namespace

bool LongAnswers::take(const IpAddress& client, size_t bytes, Clock::time_point now) {
  std::erase_if(free_again_, [&](const auto& one) { return one.second <= now; });
  const auto at = free_again_.find(client);
  const auto before = at == free_again_.end() ? now : at->second;
  if (before - now >= time_of(kAtOnce)) return false;
  free_again_.insert_or_assign(client, before + time_of(bytes));
  return true;
}

}   // namespace sluice
