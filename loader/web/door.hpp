// SPDX-License-Identifier: GPL-2.0-or-later
// Connections to the daemon's API, one for each request: a byte asks for one, and it comes as a descriptor.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <deque>
#include <functional>

#include "base/unique_fd.hpp"

namespace sluice {

class ApiDoor {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  using Taker = std::function<void(Socket socket)>;

  // `socket`: what the daemon sent first.
  ApiDoor(boost::asio::io_context& io, UniqueFd socket);

  // In the order in which they were asked for. After the daemon's end nobody is given any.
  void ask(Taker taker);

 private:
  void await();
  void hand_out();

  boost::asio::io_context& io_;
  Socket socket_;
  std::deque<Taker> waiting_;
};

}   // namespace sluice
