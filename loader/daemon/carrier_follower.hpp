// SPDX-License-Identifier: GPL-2.0-or-later
// Logs that a cable was pulled or is in again, of the interfaces and ports of bridges that the document
// names. Those of pods, containers and tunnels come and go with what is in them, and are not told.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "gateway/gateway.hpp"
#include "show/carrier_event.hpp"

namespace sluice {

class CarrierFollower {
 public:
  CarrierFollower(boost::asio::io_context& io, Gateway& gateway) : gateway_(gateway), timer_(io) {}

  // A device may have changed, or another document may be in force.
  void look_again();
  void stop();

 private:
  using Clock = std::chrono::steady_clock;

  struct Known {
    Clock::time_point since;   // when it was first looked at
    bool had_one = false;      // since then
    bool is_lost = false;      // as it was told
  };

  void await(Clock::time_point at);
  void look();
  // Adds what is to be told. A lack that may end by itself is looked at again.
  void note(const CarrierTurn& device, Known& known, std::vector<EventEntry>& entries);

  Gateway& gateway_;
  boost::asio::steady_timer timer_;
  bool waits_ = false;
  Clock::time_point looked_{};
  std::map<std::string, Known> known_;   // by device
};

}   // namespace sluice
