// SPDX-License-Identifier: GPL-2.0-or-later
// Tells those who listen what is dropped, as rates: one capture for all of them, whose process gathers it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <memory>

#include "daemon/capture_follower.hpp"
#include "daemon/line_feed.hpp"

namespace sluice {

class DropMonitor {
 public:
  DropMonitor(boost::asio::io_context& io, Gateway& gateway, CaptureFollower& captures);

  // Failure: too many listen, or capture, or the engine cannot.
  Result<std::shared_ptr<Feed>> listen();
  // Another document may be in force: rules have other numbers.
  void look_again();
  void stop();

 private:
  Result<> begin();
  void end();
  void hear();
  void await_second();

  Gateway& gateway_;
  CaptureFollower& captures_;
  LineListeners listeners_;
  boost::asio::local::stream_protocol::socket socket_;   // to the process; closed: it does not run
  boost::asio::streambuf input_;
  boost::asio::steady_timer second_;
  int64_t revision_ = 0;   // that the names are of
};

}   // namespace sluice
