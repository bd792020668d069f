// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/probe_socket.hpp"

#include "talk/asio_address.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;

bool ProbeSocket::open(const IpAddress& local) {
  error_code error;
  socket_.close(error);
  socket_.open(Udp::v4(), error);
  if (!error) socket_.bind(asio_endpoint<Udp>({local, 0}), error);
  if (error) return false;
  await();
  return true;
}

void ProbeSocket::send(const Endpoint& to, const stun::Bytes& message) {
  error_code ignored;   // asked again
  socket_.send_to(asio::buffer(message), asio_endpoint<Udp>(to), 0, ignored);
}

// ICMP may say that nobody is there (ECONNREFUSED): that is no end.
void ProbeSocket::await() {
  socket_.async_receive_from(asio::buffer(buffer_), from_, [this](const error_code& error, size_t size) {
    if (error == asio::error::operation_aborted || !socket_.is_open()) return;
    const auto answer = error ? std::nullopt : stun::read_answer({buffer_.data(), size});
    if (answer) heard_({{address_of_asio(from_.address()), from_.port()}, *answer});
    await();
  });
}

}   // namespace sluice
