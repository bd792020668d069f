// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/etcd_connection.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <limits>
#include <utility>

#include "model/address.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

constexpr uint64_t kLongestAnswer = uint64_t{64} << 20;
constexpr size_t kLongestComplaint = 200;
constexpr std::chrono::seconds kTimeToFinish{4};   // an answer that has begun

// Who watches says nothing himself, and would never know that the way to etcd is another one: rules that
// judge connections may have come between, or what was there is gone.
void keep_alive(tcp::socket& socket) {
  const int yes = 1, seconds = 1, times = 5;
  const int fd = socket.native_handle();
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds));
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof(times));
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

std::string host_field(const HttpsUrl& url) {
  return url.host.find(':') == std::string::npos ? fmt::format("{}:{}", url.host, url.port)
                                                 : fmt::format("[{}]:{}", url.host, url.port);
}

}   // namespace

EtcdConnection::EtcdConnection(asio::io_context& io, std::shared_ptr<ssl::context> trust, HttpsUrl url)
    : trust_(std::move(trust)), url_(std::move(url)), resolver_(io), stream_(io, *trust_), timer_(io) {}

void EtcdConnection::ask(const std::string& path, std::string body, std::chrono::milliseconds time,
                         Answered answered, Piece piece) {
  ++asked_;
  answered_ = std::move(answered);
  piece_ = std::move(piece);
  parser_.emplace();
  parser_->body_limit(piece_ ? std::numeric_limits<uint64_t>::max() : kLongestAnswer);
  request_ = {http::verb::post, path, 11};
  request_.set(http::field::host, host_field(url_));
  request_.set(http::field::content_type, "application/json");
  request_.body() = std::move(body);
  request_.prepare_payload();
  await_deadline(time);
  if (is_open_) {
    error_code ignored;
    stream_.next_layer().cancel(ignored);   // what awaits its end
    return write();
  }
  resolver_.async_resolve(
      url_.host, std::to_string(url_.port),
      [self = shared_from_this(), this](const error_code& error, const tcp::resolver::results_type& found) {
        if (error) return end_by("find it", error);
        connect(found);
      });
}

// Perhaps by who hears a piece: what hears it is there until that is over.
void EtcdConnection::cancel() {
  answered_ = nullptr;
  close();
}

void EtcdConnection::await_deadline(std::chrono::milliseconds time) {
  timer_.expires_after(time);
  timer_.async_wait([self = shared_from_this(), this, time, asked = asked_](const error_code& error) {
    if (!error && asked == asked_ && !is_idle())
      end(fail(fmt::format("no answer in {} s", std::chrono::ceil<std::chrono::seconds>(time).count())));
  });
}

void EtcdConnection::connect(const tcp::resolver::results_type& found) {
  asio::async_connect(stream_.next_layer(), found,
                      [self = shared_from_this(), this](const error_code& error, const tcp::endpoint&) {
                        if (error) return end_by("connect", error);
                        keep_alive(stream_.next_layer());
                        shake_hands();
                      });
}

void EtcdConnection::shake_hands() {
  if (!IpAddress::parse(url_.host)) SSL_set_tlsext_host_name(stream_.native_handle(), url_.host.c_str());
  stream_.set_verify_callback(ssl::host_name_verification(url_.host));
  stream_.async_handshake(ssl::stream_base::client,
                          [self = shared_from_this(), this](const error_code& error) {
                            if (error) return end_by("TLS", error);
                            is_open_ = true;
                            write();
                          });
}

void EtcdConnection::write() {
  http::async_write(stream_, request_, [self = shared_from_this(), this](const error_code& error, size_t) {
    if (error) return end_by("ask", error);
    http::async_read_header(stream_, buffer_, *parser_, [self, this](const error_code& failed, size_t) {
      if (failed) return end_by("its answer", failed);
      timer_.cancel();
      if (!piece_) await_deadline(kTimeToFinish);
      read();
    });
  });
}

void EtcdConnection::read() {
  if (!answered_) return;
  if (piece_ && parser_->get().result() == http::status::ok && !piece_(parser_->get().body()))
    return end(fail("what it says makes no sense"));
  if (!answered_) return;
  if (parser_->is_done()) return finish();
  http::async_read_some(stream_, buffer_, *parser_,
                        [self = shared_from_this(), this](const error_code& error, size_t) {
                          if (error) return end_by("its answer", error);
                          read();
                        });
}

// It is idle before anybody hears the answer: whoever does may have the next question.
void EtcdConnection::finish() {
  const bool is_well = parser_->get().result() == http::status::ok;
  std::string said = std::move(parser_->get().body());
  if (!is_well)
    return end(
        fail(fmt::format("status {}: {}", parser_->get().result_int(), said.substr(0, kLongestComplaint))));
  if (piece_ || !parser_->get().keep_alive() || buffer_.size()) return end(std::move(said));
  timer_.cancel();
  was_used_ = true;
  const auto answered = std::exchange(answered_, nullptr);
  await_its_end();
  answered(std::move(said), true);
}

// An idle connection has nothing to say: what comes is its end.
void EtcdConnection::await_its_end() {
  stream_.next_layer().async_wait(tcp::socket::wait_read,
                                  [self = shared_from_this(), this, asked = asked_](const error_code& error) {
                                    if (!error && asked == asked_) close();
                                  });
}

void EtcdConnection::end_by(const char* doing, const error_code& error) {
  const long verdict = SSL_get_verify_result(stream_.native_handle());
  if (std::string_view(doing) == "TLS" && verdict != X509_V_OK)
    return end(fail(std::string("its certificate: ") + X509_verify_cert_error_string(verdict)));
  end(fail(fmt::format("{}: {}", doing, error.message())));
}

void EtcdConnection::end(Result<std::string> result) {
  const auto answered = std::exchange(answered_, nullptr);
  const bool was_heard = parser_ && parser_->got_some();
  piece_ = nullptr;
  close();
  if (!answered) return;
  if (!result) result.error().message = fmt::format("etcd at {}: {}", url_.host, result.error().message);
  answered(std::move(result), was_heard);
}

void EtcdConnection::close() {
  error_code ignored;
  is_open_ = false;
  is_over_ = true;
  timer_.cancel();
  resolver_.cancel();
  stream_.next_layer().close(ignored);
}

}   // namespace sluice
