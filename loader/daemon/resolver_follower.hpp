// SPDX-License-Identifier: GPL-2.0-or-later
// Has the names of served zones resolved by a process of its own, and hears how that goes.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "gateway/gateway.hpp"

namespace sluice {

class ResolverFollower {
 public:
  ResolverFollower(boost::asio::io_context& io, Gateway& gateway);
  ~ResolverFollower();
  ResolverFollower(const ResolverFollower&) = delete;
  ResolverFollower& operator=(const ResolverFollower&) = delete;

  // Another document may be in force, or other addresses: those are served that it names now.
  void look_again();
  void stop();

 private:
  using Socket = boost::asio::local::stream_protocol::socket;

  void serve_nobody();
  void start();
  void await_news();
  void send();
  void give_up(const std::string& why);
  void end_process();
  void note(ResolverNews news);

  boost::asio::io_context& io_;
  Gateway& gateway_;
  std::optional<Socket> socket_;   // none: nobody is served
  boost::asio::streambuf input_;
  std::string wanted_, sent_, writing_;   // orders
  bool writes_ = false;
  pid_t child_ = -1;
  boost::asio::steady_timer retry_;
  std::chrono::milliseconds pause_;
  uint64_t started_ = 0;   // times
};

}   // namespace sluice
