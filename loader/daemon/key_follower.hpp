// SPDX-License-Identifier: GPL-2.0-or-later
// Waits for new keys of endpoints to be heard, so that what they may have goes to them before their first
// packet comes: WireGuard itself tells nobody of a handshake.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "gateway/gateway.hpp"

namespace sluice {

class KeyFollower {
 public:
  // `taken_up` is called after a key was taken up: the old peer is still there.
  KeyFollower(boost::asio::io_context& io, Gateway& gateway, std::function<void()> taken_up)
      : gateway_(gateway), taken_up_(std::move(taken_up)), ears_{Ear{io}, Ear{io}}, slow_(io), quick_(io) {}

  // Another document may be in force: begins to wait, or ends.
  void look_again();
  void stop();

 private:
  using Ear = boost::asio::posix::stream_descriptor;   // IPv4, IPv6

  void open_ears();
  void await_message(Ear& ear);
  void await_slow_look();
  void begin_quick_looks();
  void look_quickly(std::chrono::microseconds after);
  bool look();

  Gateway& gateway_;
  std::function<void()> taken_up_;
  std::array<Ear, 2> ears_;
  std::vector<uint16_t> ports_;   // that they hear
  boost::asio::steady_timer slow_, quick_;
  bool waits_ = false, is_quick_ = false;
  std::string failing_;
};

}   // namespace sluice
