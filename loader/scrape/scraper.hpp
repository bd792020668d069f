// SPDX-License-Identifier: GPL-2.0-or-later
// One who asks for metrics by HTTP, and what he is answered. His time and what he may send are bounded; he is
// answered once.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/span_body.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

class Scraper : public std::enable_shared_from_this<Scraper> {
 public:
  using Asks = std::function<void(const std::shared_ptr<Scraper>&)>;
  using Ended = std::function<void(const std::shared_ptr<Scraper>&)>;

  // `token` empty: none is asked for. `asks` is called where he may be told; `ended` when he is gone.
  Scraper(boost::asio::ip::tcp::socket socket, std::string token, Asks asks, Ended ended);

  void start();
  void answer(unsigned status, std::shared_ptr<const std::string> text);
  void close();

 private:
  void judge();
  void refuse(unsigned status, const char* why);

  boost::beast::tcp_stream stream_;
  const std::string token_;
  Asks asks_;
  Ended ended_;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::request_parser<boost::beast::http::empty_body> request_;
  std::shared_ptr<const std::string> text_;
  std::optional<boost::beast::http::response<boost::beast::http::span_body<const char>>> response_;
};

}   // namespace sluice
