// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses of this project as addresses of Asio, and back.
#pragma once

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "model/address.hpp"

namespace sluice {

inline boost::asio::ip::address asio_address(const IpAddress& address) {
  if (address.is_ipv4()) return boost::asio::ip::address_v4(address.ipv4());
  return boost::asio::ip::address_v6(address.bytes());
}

template <class Protocol>
typename Protocol::endpoint asio_endpoint(const Endpoint& endpoint) {
  return {asio_address(endpoint.address), endpoint.port};
}

inline IpAddress address_of_asio(const boost::asio::ip::address& address) {
  return address.is_v4() ? IpAddress::from_ipv4(address.to_v4().to_uint())
                         : IpAddress::from_bytes(address.to_v6().to_bytes());
}

}   // namespace sluice
