// SPDX-License-Identifier: GPL-2.0-or-later
// The requests of a connection of a browser, one after the other, and their answers: a file of the page, or
// what the daemon's API says. What comes is bounded in size and time, and is parsed here; the daemon is sent
// what this process writes anew.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "web/door.hpp"

namespace sluice {

class Visit : public std::enable_shared_from_this<Visit> {
 public:
  // What all visits have in common, and outlives them.
  struct Host {
    const std::string& token;
    const std::string& about;   // the answer to GET /v1/web
    ApiDoor& door;
    std::function<bool()> may_ask;   // there is room for one more at the API
    std::function<void(const std::shared_ptr<Visit>&)> ended;
  };

  Visit(boost::asio::ip::tcp::socket socket, Host host);

  void start();
  void close();
  bool has_shown_token() const { return shown_; }
  bool is_asking() const { return asking_; }

 private:
  using Code = boost::system::error_code;

  void await_request();
  void judge();
  void answer_file(std::string_view target);
  void answer_api(std::string_view target);
  void ask(ApiDoor::Socket socket);
  void relay_head();
  void begin_relay(size_t size);
  void relay_more();
  void read_more();
  void end_relay();
  void await_leaving();
  bool is_gone();
  void refuse(unsigned status, std::string_view why);
  void answer(unsigned status, std::string_view type, std::string text);

  boost::beast::tcp_stream stream_;
  Host host_;
  boost::asio::steady_timer pause_;
  boost::beast::flat_buffer buffer_;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  std::optional<Parser> parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  boost::beast::http::request<boost::beast::http::string_body> question_;
  std::optional<ApiDoor::Socket> api_;
  std::string head_, piece_;
  std::optional<uint64_t>
      left_;   // of the answer that is relayed; none: it ends with its connection, and so does this
  bool shown_ = false, asking_ = false;
};

}   // namespace sluice
