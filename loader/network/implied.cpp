// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/implied.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {

std::string implied_name(const Network& network, std::string_view part) {
  return fmt::format("network:{}{}{}", network.name, part.empty() ? "" : " ", part);
}

std::vector<Prefix> resource_prefixes(const Network& network, const Document& document) {
  std::vector<Prefix> all;
  for (const Resource& resource : network.resources)
    for (const Prefix& prefix : resolve(resource.to, document)) all.push_back(prefix);
  return all;
}

AddressMatch live_sources(const Network& network, std::chrono::system_clock::time_point now) {
  AddressMatch match;
  for (const NetworkEndpoint& endpoint : network.endpoints)
    if (is_live(endpoint, now)) std::ranges::copy(sources_of(endpoint), std::back_inserter(match.prefixes));
  return match;
}

std::vector<Limit> endpoint_limits(const Network& network, const NetworkEndpoint& endpoint) {
  if (!endpoint.maximum) return {};
  Limit limit;
  std::ranges::copy(sources_of(endpoint), std::back_inserter(limit.source.prefixes));
  limit.from = {network.zone};
  limit.rate = {*endpoint.maximum, false};
  limit.line = endpoint.line;
  std::vector<Limit> limits;
  for (const auto& [direction, part] :
       {std::pair(LimitDirection::kOriginal, "up"), std::pair(LimitDirection::kReply, "down")}) {
    limit.name = fmt::format("endpoint:{}/{} {}", network.name, endpoint.name, part);
    limit.direction = direction;
    limits.push_back(limit);
  }
  return limits;
}

}   // namespace sluice
