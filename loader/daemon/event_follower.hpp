// SPDX-License-Identifier: GPL-2.0-or-later
// Takes what the packet path reports out of its ring, logs it, and has it told to collectors, in the daemon's
// event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "daemon/flow_monitor.hpp"
#include "daemon/nat_log_follower.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

class EventFollower {
 public:
  EventFollower(boost::asio::io_context& io, Gateway& gateway)
      : gateway_(gateway),
        ready_(io),
        pause_(io),
        second_(io),
        flows_(io, gateway),
        collectors_(io, gateway) {}

  // Who listens hears what is logged, and which flows begin and end.
  Result<std::shared_ptr<Feed>> listen(bool now) { return flows_.listen(now); }

  // The tables may have been made, exchanged or removed: follows the ring that is there now, as soon as what
  // the last one holds was taken.
  void look_again();
  void stop();

 private:
  void await();
  void take();
  bool is_over() const;
  void follow(std::shared_ptr<EventRing> ring);
  void leave_ring();
  bool is_heard_of_mappings();
  bool is_told(const NatEvent& event);
  void name_endpoint(NatEvent& event) const;
  void await_second();
  void tell_lost();
  void tell(const std::vector<EventEntry>& entries);

  Gateway& gateway_;
  std::shared_ptr<EventRing> ring_;   // null: none is followed
  boost::asio::posix::stream_descriptor ready_;
  boost::asio::steady_timer pause_, second_;
  bool waits_second_ = false;
  uint64_t told_lost_ = 0;
  FlowMonitor flows_;
  NatLogFollower collectors_;
};

}   // namespace sluice
