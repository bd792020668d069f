// SPDX-License-Identifier: GPL-2.0-or-later
// Waits for a revision to be confirmed, and goes back where nobody did.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "gateway/gateway.hpp"

namespace sluice {

class ConfirmationFollower {
 public:
  // `after_apply` is called when it went back.
  ConfirmationFollower(boost::asio::io_context& io, Gateway& gateway, std::function<void()> after_apply)
      : gateway_(gateway), after_apply_(std::move(after_apply)), timer_(io) {}

  // Another revision may wait now, or none.
  void look_again();
  void stop() { timer_.cancel(); }

 private:
  void await(std::chrono::milliseconds pause);
  void look();
  void tell_failure(const Error& error);

  Gateway& gateway_;
  std::function<void()> after_apply_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds retry_after_{};
  std::string failing_;
};

}   // namespace sluice
