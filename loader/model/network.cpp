// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/network.hpp"

#include <fmt/format.h>

namespace sluice {

std::string_view to_string(NetworkType type) {
  switch (type) {
    case NetworkType::kSecureInternet: return "secure-internet";
    case NetworkType::kRemoteResource: return "remote-resource";
    case NetworkType::kL3vpn: return "l3vpn";
    case NetworkType::kL2PointToPoint: return "l2-point-to-point";
    case NetworkType::kL2Mesh: return "l2-mesh";
  }
  return "secure-internet";
}

std::string_view to_string(RoutingProtocol protocol) {
  switch (protocol) {
    case RoutingProtocol::kStatic: return "static";
    case RoutingProtocol::kBgp: return "bgp";
    case RoutingProtocol::kOspf: return "ospf";
  }
  return "static";
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

std::string bridge_name(std::string_view network) {
  return fmt::format("br-{}", network).substr(0, kDeviceNameBytes);
}

std::string vlans_text(const std::vector<uint16_t>& vlans) {
  std::string text;
  for (size_t first = 0, next = 0; first < vlans.size(); first = next) {
    for (next = first + 1; next < vlans.size() && vlans[next] == vlans[next - 1] + 1;) ++next;
    if (!text.empty()) text += ',';
    text += fmt::to_string(vlans[first]);
    if (next > first + 1) text += fmt::format("-{}", vlans[next - 1]);
  }
  return text;
}

std::vector<uint32_t> vnis_of(const Network& network) {
  std::vector<uint32_t> vnis;
  if (!network.vni) return vnis;
  if (network.vlans.empty()) return {*network.vni};
  for (const uint16_t vlan : network.vlans) vnis.push_back(*network.vni + vlan);
  return vnis;
}

IpAddress gateway_address(const Prefix& subnet) {
  return subnet.length + 1 >= subnet.address.bits() ? subnet.address : subnet.address.plus(1);
}

std::vector<IpAddress> gateway_addresses(const Network& network) {
  std::vector<IpAddress> addresses;
  for (const auto& [own, subnet] :
       {std::pair(network.address, network.subnet), std::pair(network.address6, network.subnet6)})
    if (subnet) addresses.push_back(own.value_or(gateway_address(*subnet)));
  return addresses;
}

bool is_live(const NetworkEndpoint& endpoint, std::chrono::system_clock::time_point now) {
  return !endpoint.disabled && (!endpoint.expires || now < *endpoint.expires);
}

std::set<Prefix> addresses_of(const NetworkEndpoint& endpoint) {
  std::set<Prefix> addresses;
  for (const auto& address : {endpoint.address, endpoint.address6})
    if (address) addresses.insert(Prefix::of_host(*address));
  return addresses;
}

std::vector<Prefix> sources_of(const NetworkEndpoint& endpoint) {
  const std::set<Prefix> own = addresses_of(endpoint);
  std::vector<Prefix> sources(own.begin(), own.end());
  sources.insert(sources.end(), endpoint.routes.begin(), endpoint.routes.end());
  return sources;
}

}   // namespace sluice
