// SPDX-License-Identifier: GPL-2.0-or-later
// UDP and ICMP: one datagram, and one that answers it. A connected socket hears of one address alone, and of
// ICMP's "port unreachable".
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/icmp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/checksum.hpp"
#include "health/check.hpp"
#include "talk/asio_address.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::icmp;
using asio::ip::udp;
using boost::system::error_code;

// RFC 792, and ICMP_FILTER of linux/icmp.h: the headers that have them exclude others of the kernel.
constexpr uint8_t kEchoReply = 0, kEcho = 8;
constexpr int kIcmpFilter = 1;

template <class Protocol>
class DatagramCheck : public Check {
 public:
  DatagramCheck(asio::io_context& io, Asked target, Done done)
      : Check(std::move(done)), target_(std::move(target)), socket_(io) {}

  void start() override {
    if (const auto error = send())
      return asio::post(socket_.get_executor(), [self = shared_from_this(), this, error] { fail_by(error); });
    receive();
  }

 protected:
  virtual error_code prepare(typename Protocol::socket&) { return {}; }
  virtual std::string question() = 0;
  // Whether it is the answer, or may be followed by one.
  virtual bool take(std::string_view datagram) = 0;
  const CheckQuestion& target() const { return *target_; }

  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  error_code send() {
    error_code error;
    socket_.open(target_->address.is_ipv4() ? Protocol::v4() : Protocol::v6(), error);
    if (!error) error = bind_to_device(socket_.native_handle(), target_->device);
    if (!error && target_->check.type == CheckType::kUdp)
      bind_to_port(socket_.native_handle(), target_->address.is_ipv4(), target_->source_port);
    if (!error) error = prepare(socket_);
    if (!error) socket_.connect({asio_address(target_->address), target_->port}, error);
    if (error) return error;
    socket_.non_blocking(true, error);
    if (!error) socket_.send(asio::buffer(question()), 0, error);
    return error;
  }

  void receive() {
    socket_.async_receive(asio::buffer(buffer_),
                          [self = shared_from_this(), this](const error_code& error, size_t size) {
                            if (error) return fail_by(error);
                            if (!take({buffer_.data(), size})) receive();
                          });
  }

  Asked target_;
  typename Protocol::socket socket_;
  std::array<char, 2048> buffer_;
};

class UdpCheck final : public DatagramCheck<udp> {
 public:
  using DatagramCheck::DatagramCheck;

 private:
  std::string question() override { return target().check.send; }
  bool take(std::string_view datagram) override {
    const bool good = datagram.find(target().check.receive) != std::string_view::npos;
    finish(good, good ? "answered" : "another answer than is expected");
    return true;
  }
};

// Echoes of this process have one id, so that they are one flow for each target, and are told apart by a
// number.
struct Echo {
  uint8_t type, code;
  uint16_t checksum, id, sequence;
  uint64_t number;
};

class IcmpCheck final : public DatagramCheck<icmp> {
 public:
  IcmpCheck(asio::io_context& io, Asked asked, Done done)
      : DatagramCheck(io, std::move(asked), std::move(done)), number_(++last_) {}

 private:
  bool is_ipv4() const { return target().address.is_ipv4(); }

  // Everything that the machine hears would be copied for every echo otherwise.
  error_code prepare(icmp::socket& socket) override {
    icmp6_filter filter6;
    ICMP6_FILTER_SETBLOCKALL(&filter6);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter6);
    const uint32_t filter4 = ~(1U << kEchoReply);
    const int done =
        is_ipv4()
            ? ::setsockopt(socket.native_handle(), SOL_RAW, kIcmpFilter, &filter4, sizeof(filter4))
            : ::setsockopt(socket.native_handle(), IPPROTO_ICMPV6, ICMP6_FILTER, &filter6, sizeof(filter6));
    return done == 0 ? error_code() : last_error();
  }

  // The kernel adds the checksum of ICMPv6, which covers addresses.
  std::string question() override {
    Echo echo{.type = static_cast<uint8_t>(is_ipv4() ? kEcho : ICMP6_ECHO_REQUEST),
              .code = 0,
              .checksum = 0,
              .id = id(),
              .sequence = static_cast<uint16_t>(number_),
              .number = number_};
    if (is_ipv4()) echo.checksum = internet_checksum(&echo, sizeof(echo));
    return {reinterpret_cast<const char*>(&echo), sizeof(echo)};
  }

  // IPv4 comes with its header.
  bool take(std::string_view datagram) override {
    const size_t header =
        !is_ipv4() || datagram.empty() ? 0 : size_t{4} * (static_cast<uint8_t>(datagram[0]) & 15);
    Echo echo;
    if (datagram.size() < header + sizeof(echo)) return false;
    std::memcpy(&echo, datagram.data() + header, sizeof(echo));
    const uint8_t type = is_ipv4() ? kEchoReply : ICMP6_ECHO_REPLY;
    if (echo.type != type || echo.id != id() || echo.number != number_) return false;
    finish(true, "answered");
    return true;
  }

  static uint16_t id() { return static_cast<uint16_t>(::getpid()); }

  static inline uint64_t last_ = 0;   // of one thread
  uint64_t number_;
};

}   // namespace

std::shared_ptr<Check> make_udp_check(asio::io_context& io, Asked target, Check::Done done) {
  return std::make_shared<UdpCheck>(io, std::move(target), std::move(done));
}

std::shared_ptr<Check> make_icmp_check(asio::io_context& io, Asked target, Check::Done done) {
  return std::make_shared<IcmpCheck>(io, std::move(target), std::move(done));
}

}   // namespace sluice
