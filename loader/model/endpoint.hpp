// SPDX-License-Identifier: GPL-2.0-or-later
// An address with a port.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/address.hpp"

namespace sluice {

struct Endpoint {
  IpAddress address;
  uint16_t port = 0;   // host byte order; 0: none
  auto operator<=>(const Endpoint&) const = default;
};

std::optional<Endpoint> parse_endpoint(std::string_view text);   // "192.0.2.1:80", "[2001:db8::1]:80"
std::string to_string(const Endpoint& endpoint);                 // the address alone where there is no port

}   // namespace sluice
