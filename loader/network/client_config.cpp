// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/client_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/fnv.hpp"
#include "network/client_bridge.hpp"
#include "network/direct_sites.hpp"
#include "network/prefixes.hpp"
#include "network/tunnel_of.hpp"

namespace sluice {
namespace {

const Prefix kAllOfIpv4{};
const Prefix kAllOfIpv6{IpAddress::from_bytes({}), 0};

bool has_family_of(const NetworkEndpoint& endpoint, const IpAddress& address) {
  return (address.is_ipv4() ? endpoint.address : endpoint.address6).has_value();
}

// Or somebody behind it has: a site's IPv6 needs no IPv6 address of the tunnel.
bool sends_family_of(const NetworkEndpoint& endpoint, const IpAddress& address) {
  return has_family_of(endpoint, address) || std::ranges::any_of(endpoint.routes, [&](const Prefix& route) {
           return route.address.is_ipv4() == address.is_ipv4();
         });
}

std::set<Prefix> everything(const NetworkEndpoint& endpoint) {
  std::set<Prefix> all{kAllOfIpv4};
  if (endpoint.address6) all.insert(kAllOfIpv6);
  return all;
}

void add_subnets(const Network& network, std::set<Prefix>& to) {
  for (const auto& subnet : {network.subnet, network.subnet6})
    if (subnet) to.insert(*subnet);
}

void keep_families_of(const NetworkEndpoint& endpoint, std::set<Prefix>& prefixes) {
  std::erase_if(prefixes, [&](const Prefix& prefix) { return !sends_family_of(endpoint, prefix.address); });
}

std::set<Prefix> what_is_named(const Network& network, const NetworkEndpoint& endpoint,
                               const ClientSide& side) {
  std::set<Prefix> named(side.resources.begin(), side.resources.end());
  const bool has_sites = network.type == NetworkType::kL3vpn;
  if (network.peers_may_talk || has_sites) add_subnets(network, named);
  if (has_sites)
    for (const Prefix& prefix : behind_the_hub(network, endpoint, side.now)) named.insert(prefix);
  if (network.routing.protocol == RoutingProtocol::kOspf) named.insert(all_ospf_routers());
  keep_families_of(endpoint, named);
  return named;
}

std::set<Prefix> allowed_of(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side) {
  if (is_l2(network.type)) return {Prefix::of_host(gateway_addresses(network).front())};
  return network.type == NetworkType::kSecureInternet ? everything(endpoint)
                                                      : what_is_named(network, endpoint, side);
}

// Phones and routers of customers stand behind somebody's NAT. Another gateway need not.
std::chrono::seconds keepalive_at(const NetworkEndpoint& endpoint) {
  if (endpoint.keepalive.count() > 0 || endpoint.type == EndpointType::kGateway) return endpoint.keepalive;
  return kKeepaliveThroughNat;
}

// A resolver whose family the endpoint has no address of cannot be asked.
std::vector<std::string> resolvers_of(const Network& network, const NetworkEndpoint& endpoint) {
  std::vector<std::string> resolvers;
  for (const IpAddress& resolver : network.dns)
    if (has_family_of(endpoint, resolver)) resolvers.push_back(resolver.to_string());
  return resolvers;
}

// IPv4 first, also before "::/0", which comes before all IPv4 in the order of addresses.
std::vector<std::string> texts_of(const std::set<Prefix>& prefixes) {
  std::vector<std::string> texts;
  for (const bool ipv4 : {true, false})
    for (const Prefix& prefix : prefixes)
      if (prefix.address.is_ipv4() == ipv4) texts.push_back(prefix.to_string());
  return texts;
}

// Lines "Key = value" of one file. What has no value has no line.
class ConfigText {
 public:
  explicit ConfigText(std::string first) : text_(std::move(first)) {}

  void add(std::string_view line) { text_ += fmt::format("{}\n", line); }
  void add(std::string_view key, std::string_view value) {
    if (!value.empty()) text_ += fmt::format("{} = {}\n", key, value);
  }
  void add(std::string_view key, const std::vector<std::string>& values) {
    add(key, fmt::format("{}", fmt::join(values, ", ")));
  }
  void add(std::string_view key, const WireguardKey& value) { add(key, to_string(value)); }

  void add_as_it_is(std::string_view lines) { text_ += lines; }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_interface(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side,
                   ConfigText& text) {
  text.add("[Interface]");
  if (side.private_key)
    text.add("PrivateKey", *side.private_key);
  else if (side.is_kept)
    text.add("# PrivateKey = (of an earlier version: it is not kept)");
  else
    text.add("# PrivateKey = (stays with the client: put it here)");
  // Who is called must be heard at the port that is called.
  if (endpoint.dial && endpoint.dial->port) text.add("ListenPort", fmt::to_string(endpoint.dial->port));
  text.add("Address", texts_of(addresses_of(endpoint)));
  text.add("DNS", resolvers_of(network, endpoint));
  if (const auto mtu = network.mtu ? network.mtu : network.told_mtu) text.add("MTU", fmt::to_string(*mtu));
  if (is_l2(network.type))
    for (const std::string& line : bridge_lines(network, endpoint)) text.add(line);
}

void add_peer(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side,
              ConfigText& text) {
  text.add("[Peer]");
  text.add("PublicKey", side.gateway_key);
  if (side.preshared_key) text.add("PresharedKey", *side.preshared_key);
  if (side.is_kept && !endpoint.preshared_key_file.empty())
    text.add("# PresharedKey = (of an earlier version: it is not kept)");
  text.add("AllowedIPs", texts_of(allowed_of(network, endpoint, side)));
  text.add("Endpoint", side.endpoint);
  const auto keepalive = keepalive_at(endpoint).count();
  if (keepalive > 0) text.add("PersistentKeepalive", fmt::to_string(keepalive));
}

void add_site(const NetworkEndpoint& site, const NetworkEndpoint& endpoint, const WireguardKey& key,
              ConfigText& text) {
  const std::vector<Prefix> sources = sources_of(site);
  std::set<Prefix> allowed(sources.begin(), sources.end());
  keep_families_of(endpoint, allowed);
  text.add(fmt::format("\n# site {}\n[Peer]", site.name));
  text.add("PublicKey", key);
  text.add("AllowedIPs", texts_of(allowed));
  if (site.dial) text.add("Endpoint", to_string(*site.dial));
  if (const auto keepalive = keepalive_to_site(endpoint).count(); keepalive > 0)
    text.add("PersistentKeepalive", fmt::to_string(keepalive));
}

// Each site would keep the texts of all others, in each version.
constexpr size_t kMostKeptSites = 32;

void add_sites(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side,
               ConfigText& text) {
  const auto sites = direct_sites(network, endpoint, side.now);
  ConfigText all("");
  for (const NetworkEndpoint* site : sites)
    if (const auto key = key_in_force(*site, side.site_keys)) add_site(*site, endpoint, *key, all);
  const std::string written = all.take();
  if (!side.is_kept || sites.size() <= kMostKeptSites) return text.add_as_it_is(written);
  text.add(fmt::format("\n# {} sites, which are not kept: {:016x}", sites.size(),
                       fnv(kFnvStart, written.data(), written.size())));
}

}   // namespace

std::string client_config(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side) {
  ConfigText text(fmt::format("# network {}, endpoint {}, {}, VCID {}\n", network.name, endpoint.name,
                              to_string(network.type), network.vcid.value_or(0)));
  add_interface(network, endpoint, side, text);
  text.add("");
  add_peer(network, endpoint, side, text);
  add_sites(network, endpoint, side, text);
  return text.take();
}

}   // namespace sluice
