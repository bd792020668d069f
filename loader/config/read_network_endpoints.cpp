// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kEndpointKeys[] = {
    "type",     "public_key", "key_file", "preshared_key_file", "address",
    "address6", "expires",    "disabled", "bandwidth",          "dial",
    "routes",   "keepalive",  "asn",      "maximum_prefixes",   "mac_limit"};
constexpr std::string_view kEndpointTypes[] = {"mobile", "cpe", "gateway"};
constexpr std::string_view kMaximumKeys[] = {"maximum"};
constexpr uint32_t kMostPrefixes = 100'000;
constexpr std::chrono::seconds kLongestKeepalive{65'535};

// Nothing: the routes may be those of any type.
std::optional<EndpointType> read_endpoint_type(const Members& members, Complaints& complaints) {
  const Node* node = members.require("type");
  const auto word = node ? read_word(*node, kEndpointTypes, complaints) : std::nullopt;
  return word ? std::optional(static_cast<EndpointType>(*word)) : std::nullopt;
}

void read_keys(const Members& members, NetworkEndpoint& endpoint, Complaints& complaints) {
  const Node *key = members.find("public_key"), *file = members.find("key_file");
  if (key) endpoint.public_key = read_public_key(*key, complaints);
  if (file) endpoint.key_file = read_key_file(*file, complaints);
  if (const Node* preshared = members.find("preshared_key_file"))
    endpoint.preshared_key_file = read_key_file(*preshared, complaints);
  if (key && file)
    complaints.say(*file, "the endpoint has a \"public_key\": its private key is not here",
                   "one of both: either the client keeps its key, or the gateway");
}

void read_tunnel_addresses(const Members& members, NetworkEndpoint& endpoint, Complaints& complaints) {
  if (const Node* address = members.find("address"))
    endpoint.address = read_address_of(*address, Family::kIpv4, complaints);
  if (const Node* address = members.find("address6"))
    endpoint.address6 = read_address_of(*address, Family::kIpv6, complaints);
}

std::optional<uint64_t> read_maximum(const Node& node, Complaints& complaints) {
  const Members members(node, kMaximumKeys, complaints);
  const Node* maximum = members.require("maximum");
  const auto rate = maximum ? read_rate(*maximum, false, complaints) : std::nullopt;
  return rate ? std::optional(rate->amount) : std::nullopt;
}

void read_bounds(const Members& members, NetworkEndpoint& endpoint, Complaints& complaints) {
  if (const Node* expires = members.find("expires")) endpoint.expires = read_time(*expires, complaints);
  if (const Node* disabled = members.find("disabled"))
    endpoint.disabled = read_bool(*disabled, complaints).value_or(false);
  if (const Node* bandwidth = members.find("bandwidth"))
    endpoint.maximum = read_maximum(*bandwidth, complaints);
}

void read_networks_behind(const Node& node, std::optional<EndpointType> type, NetworkEndpoint& endpoint,
                          Complaints& complaints) {
  if (type == EndpointType::kMobile)
    complaints.say(node, "a mobile endpoint has no networks behind it", "\"type\": \"cpe\" or \"gateway\"");
  for (const Node* item : read_list(node, complaints))
    if (const auto prefix = read_prefix(*item, complaints)) endpoint.routes.push_back(*prefix);
}

std::chrono::seconds read_keepalive(const Node& node, Complaints& complaints) {
  const auto keepalive = read_duration(node, complaints, true);
  if (!keepalive || *keepalive <= kLongestKeepalive) return keepalive.value_or(std::chrono::seconds(0));
  complaints.say(node, fmt::format("{} is longer than WireGuard's 65,535 seconds", quote(node.text)),
                 R"(such as "25s")");
  return {};
}

void read_bgp_neighbour(const Members& members, NetworkEndpoint& endpoint, Complaints& complaints) {
  if (const Node* asn = members.find("asn")) endpoint.asn = read_asn(*asn, complaints);
  if (const Node* most = members.find("maximum_prefixes"))
    endpoint.maximum_prefixes =
        read_count(*most, 1, kMostPrefixes, complaints).value_or(endpoint.maximum_prefixes);
}

NetworkEndpoint read_network_endpoint(const Node& node, Draft& draft) {
  Complaints& complaints = draft.complaints;
  check_name(node.key, node, true, complaints);
  const Members members(node, kEndpointKeys, complaints);
  NetworkEndpoint endpoint;
  endpoint.name = node.key;
  const auto type = read_endpoint_type(members, complaints);
  endpoint.type = type.value_or(EndpointType::kMobile);
  read_keys(members, endpoint, complaints);
  read_tunnel_addresses(members, endpoint, complaints);
  read_bounds(members, endpoint, complaints);
  if (const Node* dial = members.find("dial")) endpoint.dial = read_dial(*dial, complaints);
  if (const Node* routes = members.find("routes")) read_networks_behind(*routes, type, endpoint, complaints);
  if (const Node* keepalive = members.find("keepalive"))
    endpoint.keepalive = read_keepalive(*keepalive, complaints);
  if (const Node* macs = members.find("mac_limit"))
    endpoint.mac_limit = read_count(*macs, 1, kMostMacs, complaints).value_or(kMacLimit);
  read_bgp_neighbour(members, endpoint, complaints);
  endpoint.line = complaints.line_of(node);
  return endpoint;
}

}   // namespace

std::vector<NetworkEndpoint> read_network_endpoints(const Node& node, Draft& draft) {
  std::vector<NetworkEndpoint> endpoints;
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return endpoints;
  endpoints.reserve(node.count);
  for (const Node& member : node.children()) endpoints.push_back(read_network_endpoint(member, draft));
  return endpoints;
}

}   // namespace sluice::config
