// SPDX-License-Identifier: GPL-2.0-or-later
// A network with all that is allocated, as the functions for its endpoints get it.
#pragma once

#include "../support/parsed.hpp"
#include "model/network.hpp"

namespace sluice::test {

inline WireguardKey key_of(uint8_t byte) {
  WireguardKey key;
  key.fill(byte);
  return key;
}

inline Prefix net(std::string_view text) { return Prefix::parse(text).value(); }

inline Network home() {
  Network network;
  network.name = "home";
  network.subnet = net("10.100.0.0/29");
  network.subnet6 = net("2001:db8:100::/64");
  network.port = 51820;
  network.vcid = 12345678;
  network.mtu = 1420;
  return network;
}

inline NetworkEndpoint phone() {
  NetworkEndpoint endpoint;
  endpoint.name = "phone";
  endpoint.address = ip("10.100.0.2");
  endpoint.address6 = ip("2001:db8:100::2");
  return endpoint;
}

}   // namespace sluice::test
