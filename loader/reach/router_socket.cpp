// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/router_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/ip/v6_only.hpp>

#include "model/mapping_request.hpp"
#include "talk/asio_address.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

asio::ip::address to_asio(const IpAddress& address, uint32_t index) {
  if (!address.is_link_local() || address.is_ipv4()) return asio_address(address);
  return asio::ip::address_v6(address.bytes(), index);
}

IpAddress any_of(const IpAddress& address) {
  return address.is_ipv4() ? IpAddress() : *IpAddress::parse("::");
}

}   // namespace

// Bound to the device: an answer that comes in elsewhere is none of the router's.
Result<> RouterSocket::open_at(Udp::socket& socket, const IpAddress& address, uint16_t port, bool shared) {
  error_code error;
  socket.open(address.is_ipv4() ? Udp::v4() : Udp::v6(), error);
  if (!error && !address.is_ipv4()) socket.set_option(asio::ip::v6_only(true), error);
  if (!error && shared) socket.set_option(Udp::socket::reuse_address(true), error);
  if (!error && ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_BINDTODEVICE, place_.device.c_str(),
                             static_cast<socklen_t>(place_.device.size())) != 0)
    error.assign(errno, boost::system::system_category());
  if (!error) socket.bind({to_asio(address, place_.index), port}, error);
  if (error) return fail(fmt::format("UDP port {} at {}: {}", port, place_.device, error.message()));
  return {};
}

Result<> RouterSocket::open(Heard heard, Nobody nobody) {
  heard_ = std::move(heard);
  nobody_ = std::move(nobody);
  TRY(open_at(ask_, place_.local, 0, false));
  error_code error;
  ask_.connect({to_asio(place_.router, place_.index), kMappingPort}, error);
  if (error) return fail(fmt::format("ask {}: {}", place_.router.to_string(), error.message()));
  await(ask_, answers_);
  // Without it, what was lost is noticed at the next renewal.
  if (open_at(news_, any_of(place_.router), kMappingNewsPort, true)) await(news_, told_);
  return {};
}

void RouterSocket::close() {
  error_code ignored;
  ask_.close(ignored);
  news_.close(ignored);
}

void RouterSocket::send(const pcp::Bytes& message) {
  error_code ignored;   // tried again
  ask_.send(asio::buffer(message), 0, ignored);
}

void RouterSocket::await(Udp::socket& socket, Ear& ear) {
  socket.async_receive_from(asio::buffer(ear.buffer), ear.from,
                            [self = shared_from_this(), &socket, &ear](const error_code& error, size_t size) {
                              if (!socket.is_open()) return;
                              if (!error)
                                self->hear(ear, size);
                              else if (error == asio::error::connection_refused)
                                self->nobody_();
                              if (socket.is_open()) self->await(socket, ear);
                            });
}

void RouterSocket::hear(const Ear& ear, size_t size) {
  if (ear.from.port() != kMappingPort || address_of_asio(ear.from.address()) != place_.router) return;
  if (const auto answer = pcp::read_answer({ear.buffer.data(), size})) heard_(*answer);
}

}   // namespace sluice
