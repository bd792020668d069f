// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapper/budget.hpp"

#include <algorithm>
#include <string_view>

namespace sluice {

double MessageBudget::at(Clock::time_point now) const {
  const std::chrono::duration<double> passed = now - seen_;
  return std::min(burst_, left_ + passed.count() * per_second_);
}

bool MessageBudget::take(Clock::time_point now) {
  left_ = at(now);
  seen_ = now;
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

bool MessageBudget::is_full(Clock::time_point now) const { return at(now) >= burst_; }

size_t MessageBudgets::Hash::operator()(const IpAddress& address) const {
  const auto& bytes = address.bytes();
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void MessageBudgets::forget_idle(MessageBudget::Clock::time_point now) {
  std::erase_if(clients_, [&](const auto& one) { return one.second.is_full(now); });
}

// A client has its own share taken first, so that one alone does not use up that of all.
bool MessageBudgets::take(const IpAddress& client, MessageBudget::Clock::time_point now) {
  auto at = clients_.find(client);
  if (at == clients_.end()) {
    if (clients_.size() >= most_clients_) forget_idle(now);
    if (clients_.size() >= most_clients_) return false;
    at = clients_.emplace(client, MessageBudget(kOfClient, kBurstOfClient)).first;
  }
  return at->second.take(now) && all_.take(now);
}

}   // namespace sluice
