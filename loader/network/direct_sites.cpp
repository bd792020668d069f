// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/direct_sites.hpp"

#include "network/tunnel_of.hpp"

namespace sluice {
namespace {

bool meet_directly(const NetworkEndpoint& one, const NetworkEndpoint& other,
                   std::chrono::system_clock::time_point now) {
  return (one.dial || other.dial) && is_live(one, now) && is_live(other, now);
}

}   // namespace

std::vector<const NetworkEndpoint*> direct_sites(const Network& network, const NetworkEndpoint& endpoint,
                                                 std::chrono::system_clock::time_point now) {
  std::vector<const NetworkEndpoint*> sites;
  if (!network.is_direct) return sites;
  for (const NetworkEndpoint& other : network.endpoints)
    if (other.name != endpoint.name && meet_directly(endpoint, other, now)) sites.push_back(&other);
  return sites;
}

std::chrono::seconds keepalive_to_site(const NetworkEndpoint& endpoint) {
  if (endpoint.keepalive.count() > 0 || endpoint.dial) return endpoint.keepalive;
  return kKeepaliveThroughNat;
}

// Also of those that take no part now: the file need not change when one comes back.
std::vector<Prefix> behind_the_hub(const Network& network, const NetworkEndpoint& endpoint,
                                   std::chrono::system_clock::time_point now) {
  std::vector<Prefix> behind = network.routes;
  for (const NetworkEndpoint& other : network.endpoints)
    if (other.name != endpoint.name && !(network.is_direct && meet_directly(endpoint, other, now)))
      behind.insert(behind.end(), other.routes.begin(), other.routes.end());
  return behind;
}

}   // namespace sluice
