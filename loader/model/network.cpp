// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/network.hpp"

#include <fmt/format.h>

namespace sluice {

std::string_view to_string(NetworkType type) {
  switch (type) {
    case NetworkType::kSecureInternet: return "secure-internet";
    case NetworkType::kRemoteResource: return "remote-resource";
    case NetworkType::kL3vpn: return "l3vpn";
  }
  return "secure-internet";
}

std::string_view to_string(EndpointType type) {
  switch (type) {
    case EndpointType::kMobile: return "mobile";
    case EndpointType::kCpe: return "cpe";
    case EndpointType::kGateway: return "gateway";
  }
  return "mobile";
}

std::string device_name(std::string_view network) {
  return fmt::format("wg-{}", network).substr(0, kDeviceNameBytes);
}

IpAddress gateway_address(const Prefix& subnet) {
  return subnet.length + 1 >= subnet.address.bits() ? subnet.address : subnet.address.plus(1);
}

bool is_live(const NetworkEndpoint& endpoint, std::chrono::system_clock::time_point now) {
  return !endpoint.disabled && (!endpoint.expires || now < *endpoint.expires);
}

}   // namespace sluice
