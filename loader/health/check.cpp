// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/check.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "health/half_open.hpp"
#include "talk/asio_address.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;

void Check::finish(bool good, std::string reason) {
  if (Done done = std::exchange(done_, nullptr)) done({good, std::move(reason)});
  close();
}

void Check::fail_by(const error_code& error) {
  if (error != asio::error::operation_aborted) finish(false, sentence_of(error));
}

error_code last_error() { return {errno, boost::system::system_category()}; }

std::string sentence_of(const error_code& error) {
  if (error == asio::error::invalid_argument) return "no route to host (a black hole)";
  if (error == asio::error::eof) return "the connection was closed before the answer";
  std::string text = error.message();
  const bool is_word = text.size() > 1 && text[1] >= 'a' && text[1] <= 'z';
  if (is_word && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

error_code bind_to_device(int socket, const std::string& device) {
  if (device.empty()) return {};
  const auto size = static_cast<socklen_t>(device.size());
  if (::setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, device.data(), size) == 0) return {};
  return last_error();
}

void bind_to_port(int socket, bool is_ipv4, uint16_t port) {
  if (port == 0) return;
  const int yes = 1;
  const sockaddr_in any4{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
  sockaddr_in6 any6{};
  any6.sin6_family = AF_INET6;
  any6.sin6_port = htons(port);
  (void)::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  (void)(is_ipv4 ? ::bind(socket, reinterpret_cast<const sockaddr*>(&any4), sizeof(any4))
                 : ::bind(socket, reinterpret_cast<const sockaddr*>(&any6), sizeof(any6)));
}

error_code open_tcp(asio::ip::tcp::socket& socket, const CheckQuestion& target) {
  error_code error;
  socket.open(target.address.is_ipv4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), error);
  if (!error) socket.set_option(asio::socket_base::linger(true, 0), error);
  if (!error) error = bind_to_device(socket.native_handle(), target.device);
  if (!error) bind_to_port(socket.native_handle(), target.address.is_ipv4(), target.source_port);
  return error;
}

namespace {

class TcpCheck final : public Check {
 public:
  TcpCheck(asio::io_context& io, Asked target, Done done)
      : Check(std::move(done)), socket_(io), target_(std::move(target)) {}

  void start() override {
    if (const auto error = open_tcp(socket_, *target_))
      return asio::post(socket_.get_executor(), [self = shared_from_this(), this, error] { fail_by(error); });
    socket_.async_connect({asio_address(target_->address), target_->port},
                          [self = shared_from_this(), this](const error_code& error) {
                            if (error) return fail_by(error);
                            finish(true, "connected");
                          });
  }

 private:
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

  asio::ip::tcp::socket socket_;
  Asked target_;
};

}   // namespace

std::shared_ptr<Check> make_tcp_check(asio::io_context& io, Asked target, Check::Done done) {
  return std::make_shared<TcpCheck>(io, std::move(target), std::move(done));
}

std::shared_ptr<Check> make_check(asio::io_context& io, TrustStore& trust, HalfOpenChecks& half_open,
                                  Asked target, Check::Done done) {
  switch (target->check.type) {
    case CheckType::kHttp: return make_http_check(io, std::move(target), std::move(done));
    case CheckType::kHttps: return make_https_check(io, trust, std::move(target), std::move(done));
    case CheckType::kUdp: return make_udp_check(io, std::move(target), std::move(done));
    case CheckType::kIcmp: return make_icmp_check(io, std::move(target), std::move(done));
    case CheckType::kTcp:
    case CheckType::kNone: break;   // of which there is no target
  }
  return half_open.make(std::move(target), std::move(done));
}

}   // namespace sluice
