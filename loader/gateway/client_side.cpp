// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/client_side.hpp"

#include <fmt/format.h>

#include <utility>

#include "gateway/networks.hpp"
#include "network/implied.hpp"

namespace sluice {
namespace {

bool is_callable(const IpAddress& address) {
  return !address.is_loopback() && !address.is_link_local() && !address.is_multicast() &&
         !address.is_unspecified();
}

std::optional<IpAddress> global_address(const ObservedLink& link, bool ipv4) {
  for (const ObservedAddress& own : link.addresses)
    if (own.address.address.is_ipv4() == ipv4 && is_callable(own.address.address)) return own.address.address;
  return std::nullopt;
}

std::optional<IpAddress> outside_address(const Document& document, const Observed& seen) {
  const std::string zone = find_way_out(document, seen).zone;
  for (const bool ipv4 : {true, false})
    for (const Interface& interface : document.interfaces) {
      const auto link = seen.links.find(interface.name);
      if (zone.empty() || interface.zone != zone || link == seen.links.end()) continue;
      if (const auto address = global_address(link->second, ipv4)) return address;
    }
  return std::nullopt;
}

// "HOST", "HOST:PORT" or "[V6]:PORT"; an IPv6 address alone has no brackets, or brackets and no port.
std::string with_port(const std::string& host, uint16_t port) {
  if (const auto address = IpAddress::parse(host)) return to_string(Endpoint{*address, port});
  const size_t colon = host.rfind(':');
  const bool is_bracketed = host.ends_with(']');
  return colon == std::string::npos || is_bracketed ? fmt::format("{}:{}", host, port) : host;
}

// Of the relay that callers are told, where that leads to this network.
std::optional<Endpoint> relay_for(const Network& network, const Document& document) {
  if (!document.reachability) return std::nullopt;
  for (const UsedRelay& relay : document.reachability->relays)
    if (relay.in_use && relay.to_port == network.port) return relay.at;
  return std::nullopt;
}

Result<WireguardKey> public_key_of_network(const Network& network, const KeyFiles& keys) {
  const WireguardKey key = TRY(keys.of_network(network, false));
  if (key == WireguardKey{}) return fail(fmt::format("network \"{}\" has no key yet", network.name));
  return public_key_of(key);
}

}   // namespace

Result<std::string> endpoint_to_call(const Network& network, const Document& document, const Observed& seen) {
  const uint16_t port = network.port.value_or(0);
  if (!network.endpoint.empty()) return with_port(network.endpoint, port);
  if (const auto relay = relay_for(network, document)) return to_string(*relay);
  if (const auto address = outside_address(document, seen)) return to_string(Endpoint{*address, port});
  return fail(
      fmt::format("network \"{}\" has no \"endpoint\", and no default route says which address clients "
                  "reach: put \"endpoint\": \"HOST\" into the network",
                  network.name));
}

namespace {

// Of the pairs that the gateway keeps.
Result<KeysByEndpoint> site_keys(const Network& network, const KeyFiles& keys) {
  KeysByEndpoint found;
  if (!network.is_direct) return found;
  for (const NetworkEndpoint& endpoint : network.endpoints)
    if (const auto kept = TRY(keys.find_of_endpoint(network, endpoint)))
      found.emplace(endpoint.name, public_key_of(*kept));
  return found;
}

}   // namespace

Result<ClientSide> client_side(const Network& network, const NetworkEndpoint& endpoint,
                               const Document& document, const Observed& seen, const KeyFiles& keys) {
  ClientSide side;
  side.gateway_key = TRY(public_key_of_network(network, keys));
  side.endpoint = TRY(endpoint_to_call(network, document, seen));
  side.private_key = TRY(keys.find_of_endpoint(network, endpoint));
  if (!endpoint.preshared_key_file.empty()) side.preshared_key = TRY(keys.preshared(endpoint));
  side.resources = resource_prefixes(network, document);
  side.site_keys = TRY(site_keys(network, keys));
  side.now = std::chrono::system_clock::now();
  return side;
}

}   // namespace sluice
