// SPDX-License-Identifier: GPL-2.0-or-later
// Takes what the packet path reports out of its ring and logs it, in the daemon's event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "gateway/gateway.hpp"

namespace sluice {

class EventFollower {
 public:
  EventFollower(boost::asio::io_context& io, Gateway& gateway)
      : gateway_(gateway), ready_(io), pause_(io), second_(io) {}

  // The tables may have been made or removed: follows the ring that is there now.
  void look_again();
  void stop();

 private:
  void await();
  void take();
  void name_endpoint(NatEvent& event) const;
  void await_second();
  void tell_lost();

  Gateway& gateway_;
  std::shared_ptr<EventRing> ring_;   // null: none is followed
  boost::asio::posix::stream_descriptor ready_;
  boost::asio::steady_timer pause_, second_;
  bool waits_second_ = false;
  uint64_t told_lost_ = 0;
};

}   // namespace sluice
