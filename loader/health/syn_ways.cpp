// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/syn_ways.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "health/check.hpp"
#include "health/socket_address.hpp"

namespace sluice {
namespace {

using boost::system::error_code;

// Of the device that the socket is bound to.
int index_of_device(int socket) {
  int index = 0;
  socklen_t size = sizeof(index);
  (void)::getsockopt(socket, SOL_SOCKET, SO_BINDTOIFINDEX, &index, &size);
  return index;
}

// A socket that was connected keeps its address unless it is told to forget; it forgets its device as well.
error_code connect_by(int socket, const std::string& device, const Endpoint& to) {
  const sockaddr nowhere{.sa_family = AF_UNSPEC, .sa_data = {}};
  const sockaddr_in6 address = socket_address_of(to);
  (void)::connect(socket, &nowhere, sizeof(nowhere));
  if (const error_code error = bind_to_device(socket, device)) return error;
  const int done =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), socket_address_size(to.address));
  return done == 0 ? error_code() : last_error();
}

IpAddress own_address(int socket) {
  sockaddr_in6 own{};
  socklen_t size = sizeof(own);
  (void)::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size);
  return address_of_socket(own);
}

}   // namespace

SynWays::SynWays(boost::asio::io_context& io, Filters filters, SynSocket::Ear ear)
    : io_(io), filters_(std::move(filters)), ear_(std::move(ear)) {}

SynWays::Socket SynWays::find(const Endpoint& to, const std::string& name, error_code& error) {
  Device& device = devices_[name];
  UniqueFd& asking = to.address.is_ipv4() ? device.asking4 : device.asking6;
  if (!asking)
    asking.reset(::socket(to.address.is_ipv4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  error = asking ? connect_by(asking.get(), name, to) : last_error();
  if (error) return nullptr;
  if (const int index = index_of_device(asking.get()); device.index != index) {
    for (auto& [source, socket] : device.sockets) socket->close();
    device.sockets.clear();
    device.index = index;
  }
  return socket_from(device, own_address(asking.get()), name, error);
}

SynWays::Socket SynWays::socket_from(Device& device, const IpAddress& source, const std::string& name,
                                     error_code& error) {
  if (const auto known = device.sockets.find(source); known != device.sockets.end()) return known->second;
  auto made = std::make_shared<SynSocket>(io_, source, name);
  error = made->open(source.is_ipv4() ? filters_.ipv4 : filters_.ipv6, ear_);
  if (error) return nullptr;
  return device.sockets[source] = std::move(made);
}

void SynWays::forget_unused() {
  for (auto& [name, device] : devices_)
    std::erase_if(device.sockets, [](const auto& row) { return row.second.use_count() == 1; });
}

}   // namespace sluice
