// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_tcp/visit.hpp"

#include <chrono>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr seconds kTimeToProve{10};
constexpr seconds kSilenceOfVisit{180};   // WireGuard has no session then
constexpr seconds kLookAtVisit{30};

// 127.64.0.0/10: nobody else has these.
asio::ip::address_v4 own_loopback(uint64_t number) {
  constexpr uint32_t kFirst = 0x7f400000, kCount = 1 << 22;
  return asio::ip::address_v4(kFirst + static_cast<uint32_t>(number % kCount));
}

}   // namespace

RelayVisit::RelayVisit(std::shared_ptr<TlsStream> stream, uint16_t tunnel, uint64_t number, Ends ends)
    : stream_(std::move(stream)),
      tunnel_(tunnel),
      number_(number),
      ends_(std::move(ends)),
      timer_(stream_->get_executor()),
      udp_(stream_->get_executor()) {}

void RelayVisit::start() {
  prepare_for_datagrams(stream_->next_layer());
  timer_.expires_after(kTimeToProve);
  timer_.async_wait([this, self = shared_from_this()](const error_code& error) {
    if (!error) end();
  });
  stream_->async_handshake(asio::ssl::stream_base::server,
                           [this, self = shared_from_this()](const error_code& error) {
                             if (!ends_.ended) return;
                             if (error) return end();
                             carry();
                           });
}

bool RelayVisit::open_socket() {
  error_code error;
  udp_.open(udp::v4(), error);
  if (!error) udp_.bind({own_loopback(number_), 0}, error);
  if (!error) udp_.connect({asio::ip::address_v4::loopback(), tunnel_}, error);
  if (!error) udp_.non_blocking(true, error);
  return !error;
}

void RelayVisit::carry() {
  if (!open_socket()) return end();
  tls_ = std::make_shared<TlsTunnel>(
      stream_, TlsTunnel::Ends{.heed =
                                   [this](std::span<const uint8_t> datagram) {
                                     error_code ignored;
                                     udp_.send(asio::buffer(datagram.data(), datagram.size()), 0, ignored);
                                   },
                               .ended =
                                   [held = weak_from_this()](const std::string&) {
                                     if (const auto self = held.lock()) self->end();
                                   }});
  tls_->start();
  hear();
}

// WireGuard's socket may be gone for a moment.
void RelayVisit::hear() {
  udp_.async_receive(asio::buffer(buffer_),
                     [this, self = shared_from_this()](const error_code& error, size_t size) {
                       if (!ends_.ended || error == asio::error::operation_aborted) return;
                       if (!error) {
                         const std::span<const uint8_t> datagram(buffer_.data(), size);
                         if (is_wireguard_answer(datagram)) note_answer();
                         tls_->send(datagram);
                       }
                       hear();
                     });
}

void RelayVisit::note_answer() {
  answered_ = steady_clock::now();
  if (std::exchange(proven_, true)) return;
  ends_.proven();
  await_silence();
}

// What a visitor sends says nothing: anybody can write what looks like a message. A client that is there is
// answered by WireGuard all the time.
void RelayVisit::await_silence() {
  timer_.expires_after(kLookAtVisit);
  timer_.async_wait([this, self = shared_from_this()](const error_code& error) {
    if (error || !ends_.ended) return;
    if (steady_clock::now() - answered_ > kSilenceOfVisit) return end();
    await_silence();
  });
}

void RelayVisit::close() {
  ends_.ended = nullptr;
  timer_.cancel();
  error_code ignored;
  udp_.close(ignored);
  stream_->lowest_layer().close(ignored);
  if (tls_) tls_->close();
}

void RelayVisit::end() {
  const auto ended = std::exchange(ends_.ended, nullptr);
  const auto self = shared_from_this();
  close();
  if (ended) ended();
}

}   // namespace sluice
