// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_tcp/caller.hpp"

#include <utility>

#include "talk/asio_address.hpp"

namespace sluice {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;
using std::chrono::seconds;

namespace {

constexpr seconds kTimeToConnect{10};
constexpr seconds kFirstPauseOfCaller{1}, kLastPauseOfCaller{15};
constexpr seconds kUnheardOfRelay{6};   // a relay is asked through its tunnel each second
constexpr seconds kLookAtCaller{1};

}   // namespace

RelayCaller::RelayCaller(asio::io_context& io, asio::ssl::context& context, RelayTcpCall call,
                         std::function<void()> changed)
    : io_(io),
      context_(context),
      call_(std::move(call)),
      changed_(std::move(changed)),
      udp_(io),
      timer_(io),
      watch_(io),
      pause_(kFirstPauseOfCaller) {}

void RelayCaller::start() {
  if (!open_socket()) {
    trouble_ = "no port of 127.0.0.1 is to be had";
    return;
  }
  take();
  asker_ = std::make_shared<UdpAsker>(io_, call_.at, [this] { changed_(); });
  asker_->start();
  connect();
  watch();
}

void RelayCaller::stop() {
  changed_ = nullptr;
  error_code ignored;
  udp_.close(ignored);
  timer_.cancel();
  watch_.cancel();
  if (asker_) asker_->stop();
  if (stream_) stream_->lowest_layer().close(ignored);
  if (tls_) tls_->close();
}

RelayTcpCallNews RelayCaller::news() const {
  error_code error;
  const auto at = udp_.local_endpoint(error);
  return {.name = call_.name,
          .port = error ? uint16_t{0} : at.port(),
          .connected = tls_ != nullptr,
          .udp_answers = asker_ && asker_->answers(),
          .trouble = trouble_};
}

bool RelayCaller::open_socket() {
  error_code error;
  udp_.open(udp::v4(), error);
  if (!error) udp_.bind({asio::ip::address_v4::loopback(), 0}, error);
  if (!error) udp_.non_blocking(true, error);
  return !error;
}

// What is sent while there is no connection is lost.
void RelayCaller::take() {
  udp_.async_receive_from(asio::buffer(buffer_), from_,
                          [this, self = shared_from_this()](const error_code& error, size_t size) {
                            if (!changed_ || error == asio::error::operation_aborted) return;
                            const std::span<const uint8_t> datagram(buffer_.data(), size);
                            if (!error && is_wireguard_message(datagram)) {
                              wireguard_ = from_;
                              if (tls_) {
                                tls_->send(datagram);
                                if (!unheard_since_) unheard_since_ = Clock::now();
                              }
                            }
                            take();
                          });
}

void RelayCaller::connect() {
  stream_ = std::make_shared<TlsStream>(io_, context_);
  timer_.expires_after(kTimeToConnect);
  timer_.async_wait([this, self = shared_from_this()](const error_code& error) {
    if (!error && changed_ && stream_) give_up("it does not answer");
  });
  stream_->lowest_layer().async_connect(
      asio_endpoint<tcp>(call_.at),
      [this, self = shared_from_this(), tried = stream_](const error_code& error) {
        if (!changed_ || stream_ != tried) return;
        if (error) return give_up(error.message());
        shake_hands();
      });
}

void RelayCaller::shake_hands() {
  prepare_for_datagrams(stream_->next_layer());
  stream_->async_handshake(asio::ssl::stream_base::client,
                           [this, self = shared_from_this(), tried = stream_](const error_code& error) {
                             if (!changed_ || stream_ != tried) return;
                             if (error) return give_up(error.message());
                             carry();
                           });
}

void RelayCaller::carry() {
  timer_.cancel();
  pause_ = kFirstPauseOfCaller;
  trouble_.clear();
  unheard_since_.reset();
  tls_ = std::make_shared<TlsTunnel>(std::exchange(stream_, nullptr),
                                     TlsTunnel::Ends{.heed =
                                                         [this](std::span<const uint8_t> datagram) {
                                                           unheard_since_.reset();
                                                           if (wireguard_.port() == 0) return;
                                                           error_code ignored;
                                                           udp_.send_to(
                                                               asio::buffer(datagram.data(), datagram.size()),
                                                               wireguard_, 0, ignored);
                                                         },
                                                     .ended =
                                                         [held = weak_from_this()](const std::string& why) {
                                                           if (const auto self = held.lock())
                                                             self->give_up(why);
                                                         }});
  tls_->start();
  changed_();
}

void RelayCaller::give_up(const std::string& why) {
  error_code ignored;
  if (const auto stream = std::exchange(stream_, nullptr)) stream->lowest_layer().close(ignored);
  if (const auto tls = std::exchange(tls_, nullptr)) tls->close();
  trouble_ = why;
  timer_.expires_after(pause_);
  pause_ = std::min(2 * pause_, kLastPauseOfCaller);
  timer_.async_wait([this, self = shared_from_this()](const error_code& error) {
    if (!error && changed_) connect();
  });
  changed_();
}

void RelayCaller::watch() {
  watch_.expires_after(kLookAtCaller);
  watch_.async_wait([this, self = shared_from_this()](const error_code& error) {
    if (error || !changed_) return;
    if (tls_ && unheard_since_ && Clock::now() - *unheard_since_ > kUnheardOfRelay)
      give_up("nothing is heard of it");
    watch();
  });
}

}   // namespace sluice
