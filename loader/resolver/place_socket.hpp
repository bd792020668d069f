// SPDX-License-Identifier: GPL-2.0-or-later
// A socket at a place: an address of the gateway, for what comes in by one device. That tells zones and VRFs
// apart, and lets somebody else have the port at other addresses.
#pragma once

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/socket_base.hpp>
#include <cerrno>

#include "base/result.hpp"
#include "model/resolver.hpp"
#include "model/resolver_order.hpp"
#include "talk/asio_address.hpp"

namespace sluice {

// Bound also where the address comes later. Clients may leave connections behind: their port is free at once.
template <class Socket>
Result<> open_at(Socket& socket, const ListenPlace& place, bool reuse, uint16_t port = kDnsPort) {
  using Protocol = typename Socket::protocol_type;
  const auto to = asio_endpoint<Protocol>({place.address, port});
  const bool v4 = place.address.is_ipv4();
  const std::string doing =
      fmt::format("listen on {} by {}", to_string(Endpoint{place.address, port}), place.device);
  boost::system::error_code error;
  socket.open(to.protocol(), error);
  if (error) return fail(fmt::format("{}: {}", doing, error.message()));
  const int fd = socket.native_handle(), one = 1;
  const auto set = [&](int level, int option, const void* value, size_t size) {
    return ::setsockopt(fd, level, option, value, static_cast<socklen_t>(size)) == 0;
  };
  if (!set(SOL_SOCKET, SO_BINDTODEVICE, place.device.c_str(), place.device.size() + 1) ||
      !set(v4 ? SOL_IP : SOL_IPV6, v4 ? IP_FREEBIND : IPV6_FREEBIND, &one, sizeof(one)) ||
      (!v4 && !set(SOL_IPV6, IPV6_V6ONLY, &one, sizeof(one))) ||
      (reuse && !set(SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one))))
    return fail_errno(doing, errno);
  socket.bind(to, error);
  if (error) return fail(fmt::format("{}: {}", doing, error.message()));
  socket.non_blocking(true, error);
  return {};
}

}   // namespace sluice
