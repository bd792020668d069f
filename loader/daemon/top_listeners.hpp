// SPDX-License-Identifier: GPL-2.0-or-later
// Who follows first rows of lists, what each of them wants, and when the next look is due.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "daemon/line_feed.hpp"

namespace sluice {

struct TopListener {
  std::weak_ptr<LineFeed> feed;   // who goes takes his with him
  TopQuery query;

  bool listens() const { return !feed.expired(); }
  void tell(const nlohmann::json& head, nlohmann::json rows, uint64_t matched) const;
};

class TopListeners {
 public:
  explicit TopListeners(boost::asio::io_context& io) : io_(io) {}

  // Failure: there are too many.
  Result<std::shared_ptr<Feed>> add(const TopQuery& query);
  const std::vector<TopListener>& now();   // those that listen still

 private:
  boost::asio::io_context& io_;
  std::vector<TopListener> all_;
};

// A look each second, or as often as looks take a fifth of the loop's time; who comes is told as soon as
// that allows.
class TopPace {
 public:
  using Clock = std::chrono::steady_clock;

  void looked(Clock::duration spent);
  Clock::time_point next() const { return next_; }
  Clock::time_point earliest() const { return earliest_; }

 private:
  Clock::time_point next_{}, earliest_{};
};

}   // namespace sluice
