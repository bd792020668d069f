// SPDX-License-Identifier: GPL-2.0-or-later
// HTTP and HTTPS: a request, and the status and a part of the body of its answer.
#include <fmt/format.h>
#include <openssl/err.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <limits>

#include "health/check.hpp"
#include "talk/asio_address.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using SslStream = ssl::stream<tcp::socket>;

// What a backend can make this process keep.
constexpr uint32_t kLongestHeader = 8192;
constexpr uint64_t kLongestBody = 65'536;

std::string host_of(const HealthTarget& target) {
  return target.check.host.empty() ? target.address.to_string() : target.check.host;
}

std::string request_of(const HealthTarget& target) {
  const std::string host = host_of(target);
  return fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: sluice-health\r\nAccept: */*\r\nConnection: close\r\n\r\n",
      target.check.path, host.find(':') == std::string::npos ? host : "[" + host + "]");
}

tcp::socket& socket_of(tcp::socket& stream) { return stream; }
tcp::socket& socket_of(SslStream& stream) { return stream.next_layer(); }

template <class Stream>
class HttpCheck : public Check {
 public:
  template <class... Parts>
  HttpCheck(Asked target, Done done, Parts&&... stream)
      : Check(std::move(done)), target_(std::move(target)), stream_(std::forward<Parts>(stream)...) {
    parser_.header_limit(kLongestHeader);
    parser_.body_limit(std::numeric_limits<uint64_t>::max());   // only so much of it is read
  }

  void start() override {
    if (const auto error = open_tcp(socket_of(stream_), *target_))
      return asio::post(stream_.get_executor(),
                        [self = this->shared_from_this(), this, error] { fail_by(error); });
    socket_of(stream_).async_connect({asio_address(target_->address), target_->port},
                                     [self = this->shared_from_this(), this](const error_code& error) {
                                       if (error) return fail_by(error);
                                       on_connected();
                                     });
  }

 protected:
  virtual void on_connected() { ask(); }

  void ask() {
    request_ = request_of(*target_);
    asio::async_write(stream_, asio::buffer(request_),
                      [self = this->shared_from_this(), this](const error_code& error, size_t) {
                        if (error) return fail_by(error);
                        read();
                      });
  }

  void close() override {
    error_code ignored;
    socket_of(stream_).close(ignored);
  }

  const HealthTarget& target() const { return *target_; }
  Stream& stream() { return stream_; }

 private:
  void read() {
    http::async_read_header(stream_, buffer_, parser_,
                            [self = this->shared_from_this(), this](const error_code& error, size_t) {
                              if (error) return fail_by_answer(error);
                              judge_status();
                            });
  }

  void fail_by_answer(const error_code& error) {
    const bool is_of_http = std::string_view(error.category().name()) == "beast.http";
    if (!is_of_http || error == http::error::end_of_stream)
      return fail_by(error == http::error::end_of_stream ? error_code(asio::error::eof) : error);
    finish(false, "the answer is not HTTP: " + error.message());
  }

  void judge_status() {
    const unsigned status = parser_.get().result_int();
    const HealthCheck& check = target_->check;
    const bool good = status >= check.least_status && status <= check.most_status;
    if (good && !check.body.empty()) return read_body(status);
    finish(good, fmt::format("status {}", status));
  }

  // The text may stand anywhere in what there is.
  void read_body(unsigned status) {
    const std::string& body = parser_.get().body();
    if (body.find(target_->check.body) != std::string::npos)
      return finish(true, fmt::format("status {}", status));
    if (parser_.is_done() || body.size() >= kLongestBody)
      return finish(false, fmt::format("status {}, and not the body that is expected", status));
    http::async_read_some(stream_, buffer_, parser_,
                          [self = this->shared_from_this(), this, status](error_code error, size_t) {
                            if (error == asio::error::eof || error == http::error::end_of_stream ||
                                error == ssl::error::stream_truncated) {
                              error_code end;
                              parser_.put_eof(end);
                              error = end;
                            }
                            if (error) return fail_by_answer(error);
                            read_body(status);
                          });
  }

  Asked target_;
  Stream stream_;
  std::string request_;
  beast::flat_buffer buffer_{kLongestHeader + kLongestBody};
  http::response_parser<http::string_body> parser_;
};

class HttpsCheck final : public HttpCheck<SslStream> {
 public:
  HttpsCheck(Asked asked, Done done, asio::io_context& io, const TrustStore::Trust& trust)
      : HttpCheck<SslStream>(std::move(asked), std::move(done), io, *trust.context), context_(trust.context) {
    const std::string host = host_of(target());
    if (!IpAddress::parse(host)) SSL_set_tlsext_host_name(stream().native_handle(), host.c_str());
    if (target().check.tls_verify) stream().set_verify_callback(ssl::host_name_verification(host));
  }

 private:
  void on_connected() override {
    stream().async_handshake(ssl::stream_base::client,
                             [self = shared_from_this(), this](const error_code& error) {
                               if (!error) return ask();
                               if (const std::string why = complaint(); !why.empty())
                                 return finish(false, "its certificate: " + why);
                               if (error == asio::error::operation_aborted) return;
                               finish(false, "no handshake of TLS: " + sentence_of(error));
                             });
  }

  // UNSPECIFIED: the certificate is good, and host_name_verification() says no.
  std::string complaint() {
    const long verdict = SSL_get_verify_result(stream().native_handle());
    if (verdict == X509_V_OK || !target().check.tls_verify) return {};
    if (verdict == X509_V_ERR_UNSPECIFIED || verdict == X509_V_ERR_HOSTNAME_MISMATCH)
      return "it is not that of " + host_of(target());
    return X509_verify_cert_error_string(verdict);
  }

  std::shared_ptr<ssl::context> context_;
};

// Of a check that cannot be made at all.
class ImpossibleCheck final : public Check {
 public:
  ImpossibleCheck(asio::io_context& io, std::string why, Done done)
      : Check(std::move(done)), io_(io), why_(std::move(why)) {}
  void start() override {
    asio::post(io_, [self = shared_from_this(), this] { finish(false, why_); });
  }

 private:
  void close() override {}
  asio::io_context& io_;
  std::string why_;
};

// Why the file cannot be trusted; empty: it is.
std::string trust_file(ssl::context& context, const std::string& name, const TrustFiles& files) {
  const auto file = files.find(name);
  if (file == files.end()) return fmt::format("read {}: nobody has yet", name);
  if (!file->second.trouble.empty()) return file->second.trouble;
  const std::string& text = file->second.text;
  error_code error;
  context.add_certificate_authority(asio::buffer(text), error);
  const bool has_any = text.find("BEGIN CERTIFICATE") != std::string::npos;
  return error || !has_any ? fmt::format("read {}: it has no certificates", name) : "";
}

TrustStore::Trust make_trust(const HealthCheck& check, const TrustFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context->set_verify_mode(check.tls_verify ? ssl::verify_peer : ssl::verify_none);
  if (!check.tls_verify) return {std::move(context), ""};
  error_code ignored;   // without the machine's certificates nobody is trusted
  if (check.ca_file.empty()) context->set_default_verify_paths(ignored);
  std::string trouble = check.ca_file.empty() ? "" : trust_file(*context, check.ca_file, files);
  return {trouble.empty() ? std::move(context) : nullptr, trouble};
}

}   // namespace

void TrustStore::take(TrustFiles files) {
  files_ = std::move(files);
  known_.clear();
}

const TrustStore::Trust& TrustStore::of(const HealthCheck& check) {
  const auto [at, is_new] = known_.try_emplace({check.tls_verify, check.ca_file});
  if (is_new) at->second = make_trust(check, files_);
  return at->second;
}

std::shared_ptr<Check> make_http_check(asio::io_context& io, Asked target, Check::Done done) {
  return std::make_shared<HttpCheck<tcp::socket>>(std::move(target), std::move(done), io);
}

std::shared_ptr<Check> make_https_check(asio::io_context& io, TrustStore& trust, Asked target,
                                        Check::Done done) {
  const TrustStore::Trust& found = trust.of(target->check);
  if (!found.context) return std::make_shared<ImpossibleCheck>(io, found.trouble, std::move(done));
  return std::make_shared<HttpsCheck>(std::move(target), std::move(done), io, found);
}

}   // namespace sluice
