// SPDX-License-Identifier: GPL-2.0-or-later
// A timer that may be asked for again and again, and is never put off by that.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

namespace sluice {

class StandingTimer {
 public:
  explicit StandingTimer(boost::asio::io_context& io) : timer_(io) {}

  // Calls `due` once, after this time or at the time that was asked for before, whichever is sooner.
  void await(std::chrono::milliseconds time, std::function<void()> due) {
    const auto when = std::chrono::steady_clock::now() + time;
    if (due_ && *due_ <= when) return;
    due_ = when;
    timer_.expires_at(when);
    timer_.async_wait([this, due = std::move(due)](const boost::system::error_code& error) {
      if (error) return;
      due_.reset();
      due();
    });
  }
  void cancel() {
    due_.reset();
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  std::optional<std::chrono::steady_clock::time_point> due_;
};

}   // namespace sluice
