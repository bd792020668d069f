// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon is told, by a writer that knows how much waits: who fills it is made to wait.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <string>
#include <string_view>

namespace sluice {

class SyncDaemonWriter {
 public:
  // `socket`: a stream, which is closed with this object. `has_room`: it was full and is not any more.
  SyncDaemonWriter(boost::asio::io_context& io, int socket, std::function<void()> has_room);

  void say(std::string_view line);
  bool is_full() const;

 private:
  void write();

  boost::asio::local::stream_protocol::socket socket_;
  const std::function<void()> has_room_;
  std::string waiting_, writing_;
  bool writes_ = false, was_full_ = false;
};

}   // namespace sluice
