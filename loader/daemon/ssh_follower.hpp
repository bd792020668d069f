// SPDX-License-Identifier: GPL-2.0-or-later
// Logs who connects to which box by SSH: looks at all flows now and then, piece by piece, in the daemon's
// event loop. Nothing is looked at where the document has no such boxes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "gateway/gateway.hpp"
#include "gateway/ssh_watch.hpp"

namespace sluice {

class SshFollower {
 public:
  SshFollower(boost::asio::io_context& io, Gateway& gateway) : gateway_(gateway), timer_(io) {}

  // Another document may be in force.
  void look_again();
  void stop();

 private:
  using Clock = std::chrono::steady_clock;

  bool has_boxes() const;
  void await(Clock::duration pause);
  void begin();
  void go_on();
  Result<bool> read_piece();
  void finish();
  void leave_off(const std::string& trouble);

  Gateway& gateway_;
  boost::asio::steady_timer timer_;
  bool waits_ = false;
  std::unique_ptr<FlowReader> reader_;   // null: no look is under way
  Clock::duration spent_{};              // by this look
  SshWatch watch_;
  std::string trouble_;
};

}   // namespace sluice
