// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_tcp/udp_asker.hpp"

#include <sys/random.h>

#include <chrono>
#include <utility>

#include "talk/asio_address.hpp"

namespace sluice {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kAskUdpEach{2};

}   // namespace

UdpAsker::UdpAsker(asio::io_context& io, const Endpoint& relay, std::function<void()> changed)
    : socket_(io), relay_(asio_endpoint<udp>(relay)), timer_(io), changed_(std::move(changed)) {}

void UdpAsker::start() { ask(); }

void UdpAsker::stop() {
  changed_ = nullptr;
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

// A way out may come later: a socket that could not be connected is made anew.
void UdpAsker::ask() {
  if (waits_for_) note(false);
  error_code error;
  if (!socket_.is_open()) {
    socket_.open(relay_.protocol(), error);
    if (!error) socket_.connect(relay_, error);
    if (error)
      socket_.close(error);
    else
      hear();
  }
  waits_for_.emplace();
  (void)!::getrandom(waits_for_->data(), waits_for_->size(), 0);   // never short for so few bytes
  if (socket_.is_open()) {
    const auto request = stun::write_request({.id = *waits_for_, .fills_up = true});
    socket_.send(asio::buffer(request), 0, error);
  }
  timer_.expires_after(kAskUdpEach);
  timer_.async_wait([this, self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled && changed_) ask();
  });
}

void UdpAsker::hear() {
  socket_.async_receive(asio::buffer(buffer_),
                        [this, self = shared_from_this()](const error_code& error, size_t size) {
                          if (!changed_ || error == asio::error::operation_aborted) return;
                          if (!error) {
                            const auto answer = stun::read_answer({buffer_.data(), size});
                            if (answer && !answer->refused && answer->id == waits_for_) {
                              waits_for_.reset();
                              note(true);
                            }
                          }
                          hear();
                        });
}

void UdpAsker::note(bool answered) {
  const bool before = answers();
  answered_ = answered ? answered_ + 1 : 0;
  if (answers() != before) changed_();
}

}   // namespace sluice
