// SPDX-License-Identifier: GPL-2.0-or-later
// How many requests of a zone are heard: of each client, and of all together. What exceeds it is dropped, and
// who has an honest reason asks again.
#pragma once

#include <chrono>
#include <unordered_map>

#include "model/address.hpp"

namespace sluice {

class MessageBudget {
 public:
  using Clock = std::chrono::steady_clock;
  MessageBudget(double per_second, double burst) : per_second_(per_second), burst_(burst), left_(burst) {}

  bool take(Clock::time_point now);
  bool is_full(Clock::time_point now) const;

 private:
  double at(Clock::time_point now) const;

  double per_second_, burst_, left_;
  Clock::time_point seen_{};
};

class MessageBudgets {
 public:
  static constexpr double kOfClient = 20, kBurstOfClient = 128, kOfAll = 500, kBurstOfAll = 2048;
  static constexpr size_t kMostClients = 16'384;

  // What all zones may send together is shared out: a flood in one of `zones` takes nothing from another.
  explicit MessageBudgets(size_t zones)
      : most_clients_(kMostClients / zones),
        all_(kOfAll / static_cast<double>(zones), kBurstOfAll / static_cast<double>(zones)) {}

  bool take(const IpAddress& client, MessageBudget::Clock::time_point now);

 private:
  struct Hash {
    size_t operator()(const IpAddress& address) const;
  };
  void forget_idle(MessageBudget::Clock::time_point now);

  const size_t most_clients_;
  MessageBudget all_;
  std::unordered_map<IpAddress, MessageBudget, Hash> clients_;
};

}   // namespace sluice
