// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/shared_keys.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "network/titles.hpp"

namespace sluice {
namespace {

// Whose a key is, as a sentence goes on: `that of endpoint "phone" (line 8)`.
using KeyOwners = std::map<WireguardKey, std::string>;

std::optional<WireguardKey> newest_key(const NetworkEndpoint& endpoint, const NetworkKeys::ByEndpoint& made) {
  if (endpoint.public_key) return endpoint.public_key;
  const auto at = made.find(endpoint.name);
  return at == made.end() ? std::nullopt : std::optional(at->second);
}

std::string named(const NetworkEndpoint& endpoint) {
  return fmt::format("endpoint \"{}\" (line {})", endpoint.name, endpoint.line);
}

void add_shared(const Network& network, KeyOwners owners, const NetworkKeys::ByEndpoint& made,
                std::vector<std::string>& shared) {
  const auto complain = [&](const NetworkEndpoint& endpoint, const std::string& whose) {
    shared.push_back(fmt::format("{}: its key is {}: a key of its own for each endpoint",
                                 title_of(network, endpoint), whose));
  };
  for (const NetworkEndpoint& endpoint : network.endpoints) {
    const auto key = newest_key(endpoint, made);
    if (!key) continue;
    const auto [at, is_first] = owners.try_emplace(*key, "that of " + named(endpoint));
    if (!is_first) complain(endpoint, at->second);
  }
  KeyOwners before;
  for (const NetworkEndpoint& endpoint : network.endpoints)
    if (endpoint.rotation)
      before.try_emplace(endpoint.rotation->old_key,
                         fmt::format("still that of {}, whose new one was not heard yet", named(endpoint)));
  for (const NetworkEndpoint& endpoint : network.endpoints) {
    const auto key = newest_key(endpoint, made);
    if (const auto at = key ? before.find(*key) : before.end(); at != before.end())
      complain(endpoint, at->second);
  }
}

}   // namespace

std::vector<std::string> shared_keys(const Document& document, const NetworkKeys& keys) {
  std::vector<std::string> shared;
  for (const Network& network : document.networks) {
    KeyOwners owners;
    if (const auto own = keys.gateways.find(network.name); own != keys.gateways.end())
      owners.emplace(public_key_of(own->second), "the gateway's own in that network");
    const auto made = keys.endpoints.find(network.name);
    add_shared(network, std::move(owners),
               made == keys.endpoints.end() ? NetworkKeys::ByEndpoint{} : made->second, shared);
  }
  return shared;
}

}   // namespace sluice
