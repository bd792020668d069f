// SPDX-License-Identifier: GPL-2.0-or-later
// A helper process's end of what it and the daemon say to each other: a line each.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/streambuf.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

class DaemonLink {
 public:
  using Heed = std::function<bool(const std::string& line)>;   // false: it makes no sense

  // `socket`: a stream, which is closed with this object. A line that makes no sense, or is longer than
  // `longest` bytes, ends the event loop.
  DaemonLink(boost::asio::io_context& io, int socket, size_t longest);

  // Hears lines from now on. `ended`: the daemon has ended, or says nothing more; without it the loop ends.
  void hear(Heed heed, std::function<void()> ended = {});
  // After what was said before. Does not wait; where nobody reads any more it is lost.
  void say(std::string_view line);
  bool is_saying() const { return writes_; }
  // What the daemon has not taken yet; `said` is called when it has become less.
  size_t unsaid() const { return waiting_.size() + writing_.size(); }
  void when_said(std::function<void()> said) { said_ = std::move(said); }

 private:
  void await_line();
  void write();

  boost::asio::io_context& io_;
  boost::asio::local::stream_protocol::socket socket_;
  boost::asio::streambuf input_;
  Heed heed_;
  std::function<void()> ended_, said_;
  std::string waiting_, writing_;
  bool writes_ = false;
};

}   // namespace sluice
