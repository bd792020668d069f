// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_tcp/udp_answerer.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <utility>

#include "stun/message.hpp"
#include "talk/asio_address.hpp"

namespace sluice {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

struct UdpAnswerer::Seat : std::enable_shared_from_this<Seat> {
  explicit Seat(asio::io_context& io) : socket(io) {}

  void await() {
    socket.async_receive_from(asio::buffer(buffer), from,
                              [self = shared_from_this()](const error_code& error, size_t size) {
                                if (!self->socket.is_open()) return;
                                if (!error) self->answer(size);
                                self->await();
                              });
  }

  void answer(size_t size) {
    const auto id = stun::read_request({buffer.data(), size});
    if (!id) return;
    const auto answer = stun::write_answer(*id, {address_of_asio(from.address()), from.port()});
    if (answer.size() > size) return;
    error_code ignored;
    socket.send_to(asio::buffer(answer), from, 0, ignored);
  }

  udp::socket socket;
  udp::endpoint from;
  std::array<uint8_t, 512> buffer{};
};

error_code UdpAnswerer::open(const asio::ip::address& address, uint16_t port) {
  auto seat = std::make_shared<Seat>(io_);
  const udp::endpoint at(address, port);
  error_code error;
  seat->socket.open(at.protocol(), error);
  if (!error && address.is_v6()) seat->socket.set_option(asio::ip::v6_only(true), error);
  if (!error) seat->socket.bind(at, error);
  if (!error) seat->socket.non_blocking(true, error);
  if (error) return error;
  seat_ = std::move(seat);
  seat_->await();
  return {};
}

void UdpAnswerer::close() {
  error_code ignored;
  if (const auto seat = std::exchange(seat_, nullptr)) seat->socket.close(ignored);
}

}   // namespace sluice
