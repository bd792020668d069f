// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/expiry.hpp"

#include <algorithm>

namespace sluice {

std::optional<std::chrono::milliseconds> time_until_expiry(const std::vector<Network>& networks,
                                                           std::chrono::system_clock::time_point now) {
  std::optional<std::chrono::milliseconds> least;
  for (const Network& network : networks)
    for (const NetworkEndpoint& endpoint : network.endpoints) {
      if (!endpoint.expires || !is_live(endpoint, now)) continue;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*endpoint.expires - now);
      least = std::min(least.value_or(left), left);
    }
  return least;
}

}   // namespace sluice
