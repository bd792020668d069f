// SPDX-License-Identifier: GPL-2.0-or-later
// Frames of the daemon (ipfix/wire.hpp), one after the other.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <string>

#include "ipfix/wire.hpp"

namespace sluice {

class Frames {
 public:
  using Heed = std::function<bool(FrameKind kind, const std::string& bytes)>;   // false: it makes no sense

  // `socket`: a stream, which is closed with this object.
  Frames(boost::asio::io_context& io, int socket)
      : socket_(io, boost::asio::local::stream_protocol(), socket) {}

  // `ended`: the daemon has ended, or said what makes no sense or is longer than a frame may be.
  void hear(Heed heed, std::function<void()> ended);

 private:
  void await_header();
  void await_body();

  boost::asio::local::stream_protocol::socket socket_;
  Heed heed_;
  std::function<void()> ended_;
  FrameHeader header_{};
  std::string body_;
};

}   // namespace sluice
