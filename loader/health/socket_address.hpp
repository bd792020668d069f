// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses of this project as the kernel's, of either family, and back.
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstring>

#include "model/address.hpp"

namespace sluice {

// Of IPv4 its beginning is a sockaddr_in.
inline sockaddr_in6 socket_address_of(const Endpoint& endpoint) {
  sockaddr_in6 made{};
  if (endpoint.address.is_ipv4()) {
    const sockaddr_in made4{.sin_family = AF_INET,
                            .sin_port = htons(endpoint.port),
                            .sin_addr = {htonl(endpoint.address.ipv4())},
                            .sin_zero = {}};
    std::memcpy(&made, &made4, sizeof(made4));
    return made;
  }
  made.sin6_family = AF_INET6;
  made.sin6_port = htons(endpoint.port);
  std::memcpy(&made.sin6_addr, endpoint.address.bytes().data(), sizeof(made.sin6_addr));
  return made;
}

inline socklen_t socket_address_size(const IpAddress& address) {
  return address.is_ipv4() ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

inline IpAddress address_of_socket(const sockaddr_in6& address) {
  if (address.sin6_family == AF_INET) {
    sockaddr_in address4{};
    std::memcpy(&address4, &address, sizeof(address4));
    return IpAddress::from_ipv4(ntohl(address4.sin_addr.s_addr));
  }
  std::array<uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
  return IpAddress::from_bytes(bytes);
}

}   // namespace sluice
