// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_tcp/tls_tunnel.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/write.hpp>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr size_t kMostWaiting = 131'072;   // bytes
constexpr int kMostUnsent = 32'768;        // the same, of the kernel
constexpr unsigned kUnheardMilliseconds = 20'000;

}   // namespace

void prepare_for_datagrams(asio::ip::tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  const int fd = socket.native_handle();
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kMostUnsent, sizeof(kMostUnsent));
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnheardMilliseconds, sizeof(kUnheardMilliseconds));
}

void TlsTunnel::start() { read(); }

void TlsTunnel::read() {
  stream_->async_read_some(asio::buffer(input_),
                           [this, self = shared_from_this()](const error_code& error, size_t size) {
                             if (!ends_.ended) return;
                             if (error) return end(error.message());
                             if (!reader_.read({input_.data(), size}, ends_.heed))
                               return end("it sends what is no tunnel's datagram");
                             if (ends_.ended) read();
                           });
}

void TlsTunnel::send(std::span<const uint8_t> datagram) {
  if (!ends_.ended || !is_wireguard_message(datagram) || datagram.size() > kLongestCarried ||
      waiting_.size() > kMostWaiting)
    return;
  append_carried(waiting_, datagram);
  if (writing_.empty()) write();
}

void TlsTunnel::write() {
  writing_ = std::exchange(waiting_, {});
  asio::async_write(*stream_, asio::buffer(writing_),
                    [this, self = shared_from_this()](const error_code& error, size_t) {
                      writing_.clear();
                      if (!ends_.ended) return;
                      if (error) return end(error.message());
                      if (!waiting_.empty()) write();
                    });
}

// What was begun is over with the socket.
void TlsTunnel::close() {
  ends_.ended = nullptr;
  error_code ignored;
  stream_->lowest_layer().close(ignored);
}

void TlsTunnel::end(const std::string& why) {
  const auto ended = std::exchange(ends_.ended, nullptr);
  close();
  if (ended) ended(why);
}

}   // namespace sluice
