// SPDX-License-Identifier: GPL-2.0-or-later
// Has the engine find out every few seconds whether its next hops are still there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <string>

#include "daemon/standing_timer.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

class NextHopFollower {
 public:
  NextHopFollower(boost::asio::io_context& io, Gateway& gateway) : gateway_(gateway), timer_(io) {}

  // Another document may be in force.
  void look_again();
  void stop() { timer_.cancel(); }

 private:
  void look();

  Gateway& gateway_;
  StandingTimer timer_;
  std::string failing_;   // told once
};

}   // namespace sluice
