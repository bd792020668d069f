// SPDX-License-Identifier: GPL-2.0-or-later
// How much of long answers is read for each client: one that fills a message takes the time of a hundred
// short ones, while nobody else is answered.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>

#include "model/address.hpp"

namespace sluice {

class LongAnswers {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr size_t kAtOnce = size_t{1} << 20, kPerSecond = size_t{128} << 10;   // bytes

  // False: the share of the client is spent.
  bool take(const IpAddress& client, size_t bytes, Clock::time_point now);

 private:
  std::map<IpAddress, Clock::time_point> free_again_;   // when what a client took is made up for
};

}   // namespace sluice
