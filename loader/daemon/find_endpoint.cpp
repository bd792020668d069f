// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/find_endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {

Result<FoundEndpoint> find_endpoint(const Document& document, const EndpointName& wanted) {
  const auto network = std::ranges::find(document.networks, wanted.network, &Network::name);
  if (network == document.networks.end())
    return fail(fmt::format("there is no network \"{}\"", wanted.network), ErrorKind::kUsage);
  const auto endpoint = std::ranges::find(network->endpoints, wanted.name, &NetworkEndpoint::name);
  if (endpoint == network->endpoints.end())
    return fail(fmt::format("network \"{}\" has no endpoint \"{}\"", wanted.network, wanted.name),
                ErrorKind::kUsage);
  return FoundEndpoint{*network, *endpoint};
}

Result<FoundEndpoint> find_endpoint(const Gateway& gateway, const EndpointName& wanted) {
  if (!gateway.current()) return fail(kNoDocument);
  return find_endpoint(gateway.current()->document, wanted);
}

}   // namespace sluice
