// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/routing.hpp"

namespace sluice {
namespace {

bool are_networks(const std::vector<std::string>& zones, const Document& document) {
  return !zones.empty() && std::ranges::all_of(zones, [&](const std::string& zone) {
    return std::ranges::find(document.networks, zone, &Network::zone) != document.networks.end();
  });
}

// How long the prefix is by which the endpoint has the address; -1: it has not. For each packet that is
// logged.
int length_of(const NetworkEndpoint& endpoint, const IpAddress& address) {
  if (endpoint.address == address || endpoint.address6 == address) return address.bits();
  int longest = -1;
  for (const Prefix& route : endpoint.routes)
    if (route.contains(address)) longest = std::max<int>(longest, route.length);
  return longest;
}

}   // namespace

std::string full_name(const EndpointOfNetwork& one) {
  return fmt::format("{}/{}", one.network->name, one.endpoint->name);
}

std::vector<EndpointOfNetwork> all_endpoints(const Document& document) {
  std::vector<EndpointOfNetwork> all;
  for (const Network& network : document.networks)
    for (const NetworkEndpoint& endpoint : network.endpoints) all.push_back({&network, &endpoint});
  return all;
}

std::optional<EndpointOfNetwork> endpoint_called(const Document& document, std::string_view name) {
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  for (const EndpointOfNetwork& one : all_endpoints(document))
    if (one.network->name == name.substr(0, slash) && one.endpoint->name == name.substr(slash + 1))
      return one;
  return std::nullopt;
}

std::optional<EndpointOfNetwork> endpoint_at(const Document& document, uint16_t vrf,
                                             const IpAddress& address) {
  std::optional<EndpointOfNetwork> found;
  int longest = -1;
  for (const Network& network : document.networks) {
    if (vrf_number(document, network.vrf) != vrf) continue;
    for (const NetworkEndpoint& endpoint : network.endpoints)
      if (const int length = length_of(endpoint, address); length > longest) {
        found = EndpointOfNetwork{&network, &endpoint};
        longest = length;
      }
  }
  return found;
}

const Network* network_of_device(const Document& document, std::string_view device) {
  const auto at = std::ranges::find(document.networks, device, &Network::device);
  return at == document.networks.end() ? nullptr : &*at;
}

EndpointSide side_of(const Limit& limit, const Document& document) {
  if (are_networks(limit.from, document)) return EndpointSide::kSource;
  return are_networks(limit.to, document) ? EndpointSide::kDestination : EndpointSide::kNone;
}

}   // namespace sluice
