// SPDX-License-Identifier: GPL-2.0-or-later
// Which DNS servers are asked, and in which order.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/resolver_order.hpp"

namespace sluice {

class Upstreams {
 public:
  using Clock = std::chrono::steady_clock;

  // `own`: addresses that are served here. They are not asked: that would be a circle.
  void use(std::vector<Endpoint> declared, std::set<IpAddress> own);

  // In the order of the document; those that were silent in the last 10 s come last.
  std::vector<Endpoint> in_order(Clock::time_point now);
  void note_silent(const Endpoint& upstream, Clock::time_point now) { silent_[upstream] = now; }
  void note_answer(const Endpoint& upstream) { silent_.erase(upstream); }

 private:
  void look_at_machine(Clock::time_point now);

  std::vector<Endpoint> declared_, of_machine_;
  std::set<IpAddress> own_;
  std::map<Endpoint, Clock::time_point> silent_;
  std::filesystem::file_time_type written_{};
  Clock::time_point looked_{};
};

}   // namespace sluice
