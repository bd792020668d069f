// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/watchdog.hpp"

#include <systemd/sd-daemon.h>

namespace sluice {

Watchdog::Watchdog(boost::asio::io_context& io) : timer_(io) {
  uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) > 0) interval_ = std::chrono::microseconds(microseconds / 2);
}

void Watchdog::start() {
  if (interval_.count() > 0) tell();
}

void Watchdog::tell() {
  sd_notify(0, "WATCHDOG=1");
  timer_.expires_after(interval_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tell();
  });
}

}   // namespace sluice
