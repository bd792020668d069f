// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/client_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

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

// Also of those that take no part now: the file need not change when one comes back.
void add_other_sites(const Network& network, const NetworkEndpoint& endpoint, std::set<Prefix>& to) {
  for (const NetworkEndpoint& other : network.endpoints)
    if (other.name != endpoint.name) to.insert(other.routes.begin(), other.routes.end());
}

std::set<Prefix> what_is_named(const Network& network, const NetworkEndpoint& endpoint,
                               const std::vector<Prefix>& resources) {
  std::set<Prefix> named(resources.begin(), resources.end());
  const bool has_sites = network.type == NetworkType::kL3vpn;
  if (network.peers_may_talk || has_sites) add_subnets(network, named);
  if (has_sites) add_other_sites(network, endpoint, named);
  std::erase_if(named, [&](const Prefix& prefix) { return !sends_family_of(endpoint, prefix.address); });
  return named;
}

std::set<Prefix> allowed_of(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side) {
  return network.type == NetworkType::kSecureInternet ? everything(endpoint)
                                                      : what_is_named(network, endpoint, side.resources);
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
  if (network.mtu) text.add("MTU", fmt::to_string(*network.mtu));
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

}   // namespace

std::string client_config(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side) {
  ConfigText text(fmt::format("# network {}, endpoint {}, {}, VCID {}\n", network.name, endpoint.name,
                              to_string(network.type), network.vcid.value_or(0)));
  add_interface(network, endpoint, side, text);
  text.add("");
  add_peer(network, endpoint, side, text);
  return text.take();
}

}   // namespace sluice
