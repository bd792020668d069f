// SPDX-License-Identifier: GPL-2.0-or-later
// A connection to one member of etcd: TLS and HTTP/1.1, one request at a time. It is kept for the next
// request where both ends can, so that a call costs no handshake.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/https_url.hpp"
#include "base/result.hpp"
#include "cluster/etcd_client.hpp"

namespace sluice {

class EtcdConnection final : public EtcdCall, public std::enable_shared_from_this<EtcdConnection> {
 public:
  // `was_heard`: something came of this answer, so the member has the request.
  using Answered = std::function<void(Result<std::string> body, bool was_heard)>;
  using Piece = std::function<bool(std::string& said)>;   // false: it makes no sense

  EtcdConnection(boost::asio::io_context& io, std::shared_ptr<boost::asio::ssl::context> trust, HttpsUrl url);

  // Of one that is new or idle. `time`: until the answer begins. `piece`: of an answer that goes on, as it
  // comes; then `answered` is called when that ends.
  void ask(const std::string& path, std::string body, std::chrono::milliseconds time, Answered answered,
           Piece piece = nullptr);
  void cancel() override;   // and nothing can be asked any more

  bool is_idle() const { return is_open_ && !answered_; }
  bool is_over() const { return is_over_; }
  bool was_used() const { return was_used_; }   // it has answered before, and may have been closed since

 private:
  void await_deadline(std::chrono::milliseconds time);
  void connect(const boost::asio::ip::tcp::resolver::results_type& found);
  void shake_hands();
  void write();
  void read();
  void finish();
  void await_its_end();
  void end_by(const char* doing, const boost::system::error_code& error);
  void end(Result<std::string> result);
  void close();

  std::shared_ptr<boost::asio::ssl::context> trust_;
  HttpsUrl url_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  boost::asio::steady_timer timer_;
  boost::beast::http::request<boost::beast::http::string_body> request_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::response_parser<boost::beast::http::string_body>> parser_;
  Answered answered_;
  Piece piece_;
  uint64_t asked_ = 0;   // requests so far
  bool is_open_ = false, is_over_ = false, was_used_ = false;
};

}   // namespace sluice
