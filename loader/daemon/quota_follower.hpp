// SPDX-License-Identifier: GPL-2.0-or-later
// Counts what clients of the relay use, every few seconds.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "gateway/gateway.hpp"

namespace sluice {

class QuotaFollower {
 public:
  // `changed` is called when the rules are to be other ones.
  QuotaFollower(boost::asio::io_context& io, Gateway& gateway, std::function<void()> changed)
      : gateway_(gateway), timer_(io), changed_(std::move(changed)) {}

  // Another document may be in force: what passed before is not counted of who is bounded by it from now on.
  void look_again();
  void stop();

 private:
  void await_look();
  void look();

  Gateway& gateway_;
  boost::asio::steady_timer timer_;
  const std::function<void()> changed_;
  bool waits_ = false;
  int64_t revision_ = 0;   // of the last look
  std::string failing_;    // told once
};

}   // namespace sluice
