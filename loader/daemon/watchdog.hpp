// SPDX-License-Identifier: GPL-2.0-or-later
// Tells systemd that the event loop turns (sd_watchdog_enabled(3)), where its unit asks for that.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace sluice {

class Watchdog {
 public:
  explicit Watchdog(boost::asio::io_context& io);

  void start();
  void stop() { timer_.cancel(); }

 private:
  void tell();

  std::chrono::microseconds interval_{};   // 0: nobody asks
  boost::asio::steady_timer timer_;
};

}   // namespace sluice
