// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/etcd_client.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
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
using nlohmann::json;

constexpr std::chrono::seconds kTimeToAnswer{4};
constexpr uint64_t kLongestAnswer = uint64_t{64} << 20;
constexpr size_t kLongestObject = size_t{1} << 20;   // of an answer that goes on
constexpr size_t kLongestComplaint = 200;

// Who watches says nothing himself, and would never know that the way to etcd is another one: rules that
// judge connections may have come between, or what was there is gone.
void keep_alive(tcp::socket& socket) {
  const int yes = 1, seconds = 1, times = 5;
  const int fd = socket.native_handle();
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds));
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof(times));
}

class Call final : public EtcdCall, public std::enable_shared_from_this<Call> {
 public:
  using Answered = std::function<void(Result<std::string>)>;

  Call(asio::io_context& io, std::shared_ptr<ssl::context> trust, HttpsUrl url)
      : trust_(std::move(trust)), url_(std::move(url)), resolver_(io), stream_(io, *trust_), timer_(io) {
    parser_.body_limit(kLongestAnswer);
  }

  // `goes_on`: pieces of the body are told as they come, and `answered` when there is an end.
  void start(const std::string& path, std::string body, Answered answered,
             std::function<bool(std::string&)> piece) {
    answered_ = std::move(answered);
    piece_ = std::move(piece);
    if (piece_) parser_.body_limit(std::numeric_limits<uint64_t>::max());
    request_ = {http::verb::post, path, 11};
    request_.set(http::field::host, url_.host.find(':') == std::string::npos
                                        ? fmt::format("{}:{}", url_.host, url_.port)
                                        : fmt::format("[{}]:{}", url_.host, url_.port));
    request_.set(http::field::content_type, "application/json");
    request_.body() = std::move(body);
    request_.prepare_payload();
    await_deadline();
    resolver_.async_resolve(
        url_.host, std::to_string(url_.port),
        [self = shared_from_this(), this](const error_code& error, const tcp::resolver::results_type& found) {
          if (error) return end_by("find it", error);
          connect(found);
        });
  }

  void cancel() override {
    answered_ = nullptr;
    piece_ = nullptr;
    close();
  }

 private:
  void await_deadline() {
    timer_.expires_after(kTimeToAnswer);
    timer_.async_wait([self = shared_from_this(), this](const error_code& error) {
      if (!error) end(fail(fmt::format("no answer in {} s", kTimeToAnswer.count())));
    });
  }

  void connect(const tcp::resolver::results_type& found) {
    asio::async_connect(stream_.next_layer(), found,
                        [self = shared_from_this(), this](const error_code& error, const tcp::endpoint&) {
                          if (error) return end_by("connect", error);
                          keep_alive(stream_.next_layer());
                          shake_hands();
                        });
  }

  void shake_hands() {
    if (!IpAddress::parse(url_.host)) SSL_set_tlsext_host_name(stream_.native_handle(), url_.host.c_str());
    stream_.set_verify_callback(ssl::host_name_verification(url_.host));
    stream_.async_handshake(ssl::stream_base::client,
                            [self = shared_from_this(), this](const error_code& error) {
                              if (error) return end_by("TLS", error);
                              ask();
                            });
  }

  void ask() {
    http::async_write(stream_, request_, [self = shared_from_this(), this](const error_code& error, size_t) {
      if (error) return end_by("ask", error);
      http::async_read_header(stream_, buffer_, parser_, [self, this](const error_code& failed, size_t) {
        if (failed) return end_by("its answer", failed);
        if (piece_) timer_.cancel();
        read();
      });
    });
  }

  void read() {
    if (piece_ && parser_.get().result() == http::status::ok && !piece_(parser_.get().body()))
      return end(fail("what it says makes no sense"));
    if (!answered_) return;
    if (parser_.is_done()) return finish();
    http::async_read_some(stream_, buffer_, parser_,
                          [self = shared_from_this(), this](const error_code& error, size_t) {
                            if (error) return end_by("its answer", error);
                            read();
                          });
  }

  void finish() {
    if (parser_.get().result() == http::status::ok) return end(std::move(parser_.get().body()));
    const std::string said = parser_.get().body().substr(0, kLongestComplaint);
    end(fail(fmt::format("status {}: {}", parser_.get().result_int(), said)));
  }

  void end_by(const char* doing, const error_code& error) {
    const long verdict = SSL_get_verify_result(stream_.native_handle());
    if (std::string_view(doing) == "TLS" && verdict != X509_V_OK)
      return end(fail(std::string("its certificate: ") + X509_verify_cert_error_string(verdict)));
    end(fail(fmt::format("{}: {}", doing, error.message())));
  }

  void end(Result<std::string> result) {
    if (const auto answered = std::exchange(answered_, nullptr)) {
      if (!result) result.error().message = fmt::format("etcd at {}: {}", url_.host, result.error().message);
      answered(std::move(result));
    }
    piece_ = nullptr;
    close();
  }

  void close() {
    error_code ignored;
    timer_.cancel();
    resolver_.cancel();
    stream_.next_layer().close(ignored);
  }

  std::shared_ptr<ssl::context> trust_;
  HttpsUrl url_;
  tcp::resolver resolver_;
  ssl::stream<tcp::socket> stream_;
  asio::steady_timer timer_;
  http::request<http::string_body> request_;
  boost::beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  Answered answered_;
  std::function<bool(std::string&)> piece_;
};

Result<json> object_of(const std::string& text) {
  json object = json::parse(text, nullptr, false);
  if (object.is_object()) return object;
  return fail("etcd says what is no JSON object");
}

}   // namespace

std::string base64_of(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();   // what ends a string of C
  return text;
}

Result<std::string> bytes_of_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
    return fail("etcd says what is not base64");
  bytes.resize(size);
  return bytes;
}

EtcdClient::EtcdClient(asio::io_context& io, std::vector<HttpsUrl> places,
                       std::shared_ptr<ssl::context> trust)
    : io_(io), places_(std::move(places)), trust_(std::move(trust)) {}

EtcdClient::~EtcdClient() {
  *alive_ = false;
  for (const auto& one : calls_)
    if (const auto call = one.lock()) call->cancel();
}

std::string EtcdClient::place() const {
  const HttpsUrl& url = places_[at_];
  return fmt::format("{}:{}", url.host, url.port);
}

void EtcdClient::ask(const std::string& path, const json& body, Done done) {
  ask_one_of(path, body.dump(-1, ' ', false, json::error_handler_t::replace), places_.size(),
             std::move(done));
}

void EtcdClient::ask_one_of(const std::string& path, const std::string& body, size_t left, Done done) {
  std::erase_if(calls_, [](const auto& one) { return one.expired(); });
  const auto call = std::make_shared<Call>(io_, trust_, places_[at_]);
  calls_.push_back(call);
  call->start(
      path, body,
      [this, path, body, left, done = std::move(done), alive = alive_](Result<std::string> answer) {
        if (!*alive) return;
        if (answer) return done(object_of(*answer));
        at_ = (at_ + 1) % places_.size();
        if (left > 1) return ask_one_of(path, body, left - 1, done);
        done(std::unexpected(answer.error()));
      },
      nullptr);
}

std::shared_ptr<EtcdCall> EtcdClient::follow(const std::string& path, const json& body, const Ends& ends) {
  const auto call = std::make_shared<Call>(io_, trust_, places_[at_]);
  calls_.push_back(call);
  call->start(
      path, body.dump(),
      [ended = ends.ended](const Result<std::string>& answer) {
        ended(answer ? Error{"etcd ended what it was saying"} : answer.error());
      },
      [heed = ends.heed](std::string& said) {
        for (size_t end = said.find('\n'); end != std::string::npos; end = said.find('\n')) {
          const auto object = object_of(said.substr(0, end));
          said.erase(0, end + 1);
          if (!object) return false;
          heed(*object);
        }
        return said.size() <= kLongestObject;
      });
  return call;
}

Result<std::shared_ptr<ssl::context>> etcd_trust(const std::string& ca, const std::string& cert,
                                                 const std::string& key) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context->set_verify_mode(ssl::verify_peer);
  error_code error;
  if (ca.empty())
    context->set_default_verify_paths(error);
  else
    context->add_certificate_authority(asio::buffer(ca), error);
  if (error) return fail("certificates of etcd's authority: " + error.message());
  if (cert.empty()) return context;
  context->use_certificate_chain(asio::buffer(cert), error);
  if (error) return fail("this gateway's certificate for etcd: " + error.message());
  context->use_private_key(asio::buffer(key), ssl::context::pem, error);
  if (error) return fail("this gateway's key for etcd: " + error.message());
  return context;
}

}   // namespace sluice
