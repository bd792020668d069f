// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/door.hpp"

#include <sys/socket.h>

#include <utility>

#include "kernel/descriptors.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;

ApiDoor::ApiDoor(asio::io_context& io, UniqueFd socket)
    : io_(io), socket_(io, asio::local::stream_protocol(), socket.release()) {
  await();
}

void ApiDoor::ask(Taker taker) {
  waiting_.push_back(std::move(taker));
  ::send(socket_.native_handle(), "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void ApiDoor::await() {
  socket_.async_wait(Socket::wait_read, [this](const error_code& error) {
    if (!error) hand_out();
  });
}

// What the daemon has begun to send it sends at once.
void ApiDoor::hand_out() {
  error_code ignored;
  socket_.native_non_blocking(false, ignored);
  auto sent = receive_descriptors(socket_.native_handle());
  if (!sent || sent->size() != 1 || waiting_.empty()) return io_.stop();
  const Taker taker = std::exchange(waiting_.front(), {});
  waiting_.pop_front();
  taker(Socket(io_, asio::local::stream_protocol(), sent->front().release()));
  await();
}

}   // namespace sluice
