// SPDX-License-Identifier: GPL-2.0-or-later
// Has the names of served zones resolved by a process of its own, and hears how that goes.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/gateway.hpp"
#include "resolver/wire.hpp"

namespace sluice {

class ResolverFollower {
 public:
  // `failed` is called when rules could not be exchanged that open or close addresses.
  ResolverFollower(boost::asio::io_context& io, Gateway& gateway, std::function<void()> failed);
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
  void heed(const std::string& line);
  void open_soon(NumberedLookUp look_up);
  bool open(const std::vector<LookUp>& look_ups);
  void open();
  void await_close();

  boost::asio::io_context& io_;
  Gateway& gateway_;
  std::function<void()> failed_;
  std::optional<Socket> socket_;   // none: nobody is served
  boost::asio::streambuf input_;
  std::string wanted_, sent_, done_, writing_;   // orders, and which look-ups are done
  std::vector<NumberedLookUp> look_ups_;         // that are to be opened together
  bool writes_ = false;
  pid_t child_ = -1;
  boost::asio::steady_timer retry_, closing_;
  std::chrono::milliseconds pause_;
  uint64_t started_ = 0;     // times
  int64_t revision_ = 0;     // that it was told of
  bool is_behind_ = false;   // the rules in force lack what was to be opened
};

}   // namespace sluice
