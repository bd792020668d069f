// SPDX-License-Identifier: GPL-2.0-or-later
// Sends what comes, in chunks (RFC 9112 section 7.1), until the other side goes or does not read for too
// long.
#pragma once

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/service.hpp"

namespace sluice {

class FeedWriter : public std::enable_shared_from_this<FeedWriter> {
 public:
  using Stream = boost::beast::basic_stream<boost::asio::local::stream_protocol>;

  // `ended` is called from a handler, and keeps whoever has the stream alive; drop() lets it go.
  FeedWriter(Stream& stream, std::shared_ptr<Feed> feed, std::chrono::seconds timeout,
             std::function<void()> ended)
      : stream_(stream), feed_(std::move(feed)), timeout_(timeout), ended_(std::move(ended)) {}

  void start();
  void drop();   // the stream is being closed

 private:
  void await_end();
  void send_head();
  void send_lines();
  void end();

  Stream& stream_;
  std::shared_ptr<Feed> feed_;
  const std::chrono::seconds timeout_;
  std::function<void()> ended_;
  boost::beast::http::response<boost::beast::http::empty_body> head_;
  std::optional<boost::beast::http::response_serializer<boost::beast::http::empty_body>> head_out_;
  std::string lines_;
  std::array<char, 1> heard_{};
};

}   // namespace sluice
