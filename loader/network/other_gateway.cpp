// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/other_gateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "network/direct_sites.hpp"
#include "network/tunnel_of.hpp"

namespace sluice {
namespace {

using nlohmann::ordered_json;

constexpr char kHub[] = "hub";

Result<> expect_gateway(const Network& network, const NetworkEndpoint& endpoint) {
  if (endpoint.type != EndpointType::kGateway)
    return fail(fmt::format("endpoint \"{}\" of network \"{}\" is a {}: only a \"gateway\" has a document",
                            endpoint.name, network.name, to_string(endpoint.type)),
                ErrorKind::kUsage);
  if (network.type == NetworkType::kSecureInternet)
    return fail(
        fmt::format("network \"{}\" is a secure-internet: who is behind another gateway cannot go out by it; "
                    "an l3vpn has gateways as sites",
                    network.name),
        ErrorKind::kUsage);
  return {};
}

// A prefix in another one says nothing more, and two of an endpoint may not overlap.
std::vector<Prefix> outermost(const std::vector<Prefix>& prefixes) {
  std::vector<Prefix> kept;
  for (const Prefix& prefix : std::set(prefixes.begin(), prefixes.end()))
    if (std::ranges::none_of(prefixes,
                             [&](const Prefix& other) { return other != prefix && other.contains(prefix); }))
      kept.push_back(prefix);
  return kept;
}

// Of the hub: what it leads to, without what overlaps prefixes that the other gateway has by itself.
struct HubRoutes {
  std::vector<Prefix> kept, left_out;
};

HubRoutes routes_of_hub(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side) {
  std::vector<Prefix> taken = endpoint.routes;
  for (const auto& subnet : {network.subnet, network.subnet6})
    if (subnet) taken.push_back(*subnet);
  for (const NetworkEndpoint* other : direct_sites(network, endpoint, side.now))
    taken.insert(taken.end(), other->routes.begin(), other->routes.end());
  std::vector<Prefix> all = side.resources;
  if (network.type == NetworkType::kL3vpn)
    std::ranges::copy(behind_the_hub(network, endpoint, side.now), std::back_inserter(all));
  HubRoutes routes;
  for (const Prefix& prefix : all) {
    const bool is_there =
        std::ranges::any_of(taken, [&](const Prefix& other) { return other.overlaps(prefix); });
    (is_there ? routes.left_out : routes.kept).push_back(prefix);
  }
  routes.kept = outermost(routes.kept);
  return routes;
}

ordered_json texts_of(const std::vector<Prefix>& prefixes) {
  ordered_json texts = ordered_json::array();
  for (const Prefix& prefix : prefixes) texts.push_back(prefix.to_string());
  return texts;
}

std::string file_of(const Network& network, std::string_view ending) {
  return fmt::format("keys/{}{}", network.name, ending);
}

ordered_json hub(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side,
                 const Endpoint& called) {
  ordered_json hub{{"type", "gateway"}, {"public_key", to_string(side.gateway_key)}};
  if (!endpoint.preshared_key_file.empty()) hub["preshared_key_file"] = file_of(network, ".psk");
  for (const IpAddress& own : gateway_addresses(network))
    hub[own.is_ipv4() ? "address" : "address6"] = own.to_string();
  hub["dial"] = to_string(called);
  const std::vector<Prefix> routes = routes_of_hub(network, endpoint, side).kept;
  if (!routes.empty()) hub["routes"] = texts_of(routes);
  if (endpoint.keepalive.count() > 0) hub["keepalive"] = fmt::format("{}s", endpoint.keepalive.count());
  return hub;
}

ordered_json site(const NetworkEndpoint& other, const NetworkEndpoint& endpoint, const WireguardKey& key) {
  ordered_json site{{"type", "gateway"}, {"public_key", to_string(key)}};
  if (other.address) site["address"] = other.address->to_string();
  if (other.address6) site["address6"] = other.address6->to_string();
  if (other.dial) site["dial"] = to_string(*other.dial);
  if (!other.routes.empty()) site["routes"] = texts_of(other.routes);
  if (const auto keepalive = keepalive_to_site(endpoint); keepalive.count() > 0)
    site["keepalive"] = fmt::format("{}s", keepalive.count());
  return site;
}

ordered_json endpoints_of(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side,
                          const Endpoint& called) {
  ordered_json endpoints{{kHub, hub(network, endpoint, side, called)}};
  for (const NetworkEndpoint* other : direct_sites(network, endpoint, side.now))
    if (const auto key = key_in_force(*other, side.site_keys))
      endpoints[other->name == kHub ? "hub-site" : other->name] = site(*other, endpoint, *key);
  return endpoints;
}

ordered_json network_of(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side,
                        const Endpoint& called) {
  ordered_json there{{"type", to_string(NetworkType::kL3vpn)}};
  if (network.subnet) there["subnet"] = network.subnet->to_string();
  if (network.subnet6) there["subnet6"] = network.subnet6->to_string();
  if (endpoint.address) there["address"] = endpoint.address->to_string();
  if (endpoint.address6) there["address6"] = endpoint.address6->to_string();
  if (endpoint.dial) there["port"] = endpoint.dial->port;
  if (network.vcid) there["vcid"] = *network.vcid;
  if (network.mtu) there["mtu"] = *network.mtu;
  there["key_file"] = file_of(network, ".key");
  if (!endpoint.routes.empty()) there["routes"] = texts_of(endpoint.routes);
  there["endpoints"] = endpoints_of(network, endpoint, side, called);
  return there;
}

std::string heading(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side) {
  std::string text = fmt::format(
      "// Network \"{0}\" as its endpoint \"{1}\" has it. Merge it into the document of that gateway.\n"
      "// The private key of \"{1}\" is not in it: put it into {2} below the state directory there (mode "
      "0600).\n",
      network.name, endpoint.name, file_of(network, ".key"));
  if (!endpoint.preshared_key_file.empty())
    text += fmt::format("// The preshared key belongs into {} beside it.\n", file_of(network, ".psk"));
  for (const Prefix& prefix : routes_of_hub(network, endpoint, side).left_out)
    text += fmt::format("// Without {}, which overlaps what is reached otherwise.\n", prefix.to_string());
  return text;
}

}   // namespace

Result<std::string> document_for_gateway(const Network& network, const NetworkEndpoint& endpoint,
                                         const ClientSide& side) {
  TRY(expect_gateway(network, endpoint));
  const auto called = parse_endpoint(side.endpoint);
  if (!called)
    return fail(
        fmt::format(
            "network \"{}\" is called by the name {}, and a gateway dials an address: \"endpoint\" with "
            "an address says which",
            network.name, side.endpoint),
        ErrorKind::kUsage);
  const ordered_json document{{"version", 1},
                              {"networks", {{network.name, network_of(network, endpoint, side, *called)}}}};
  return heading(network, endpoint, side) + document.dump(2) + "\n";
}

}   // namespace sluice
