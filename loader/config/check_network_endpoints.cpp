// SPDX-License-Identifier: GPL-2.0-or-later
// The endpoints of one network among each other, and in its subnets.
#include <fmt/format.h>

#include <chrono>
#include <map>

#include "base/text.hpp"
#include "config/check.hpp"
#include "config/complaints.hpp"

namespace sluice::config {
namespace {

// What is left of a subnet: without its own address and the gateway's, which of two are the same (RFC 3021).
// The last one is left, because clients have theirs as /32.
uint64_t capacity_of(const Prefix& subnet) {
  const int free_bits = subnet.address.bits() - subnet.length;
  if (free_bits <= 1) return 1;
  return free_bits >= 32 ? uint64_t{1} << 32 : (uint64_t{1} << free_bits) - 2;
}

void check_capacity(const Placed<Network>& network, const std::optional<Prefix>& subnet, std::string_view key,
                    Draft& draft) {
  const size_t count = network.value.endpoints.size();
  if (subnet && count > capacity_of(*subnet))
    draft.complaints.say(*network.node->member(key),
                         fmt::format("{} endpoints are named, and {} has addresses for {}", count,
                                     subnet->to_string(), capacity_of(*subnet)),
                         "a larger subnet, or a second network");
}

void check_in_subnet(const IpAddress& address, const Placed<Network>& network, const Prefix& subnet,
                     const std::optional<IpAddress>& own, std::string_view subnet_key, const Node& node,
                     Complaints& complaints) {
  const auto text = address.to_string();
  if (!subnet.contains(address))
    complaints.say(
        node,
        fmt::format("{} is not in {}, the subnet of network {} on line {}", text, subnet.to_string(),
                    quote(network.value.name), complaints.line_of(*network.node->member(subnet_key))),
        "an address of the network's subnet");
  else if (address == own.value_or(gateway_address(subnet)))
    complaints.say(node,
                   fmt::format("{} is the gateway's own in network {} on line {}", text,
                               quote(network.value.name), network.value.line),
                   fmt::format("such as \"{}\"", address.plus(1).to_string()));
  else if (address == subnet.address)
    complaints.say(node, fmt::format("{} is the subnet, not an address in it", text),
                   fmt::format("such as \"{}\"", address.plus(2).to_string()));
}

// What no two endpoints of a network have, by the key that says it.
template <class Value>
class Owners {
 public:
  Owners(std::string_view key, std::string_view word, Complaints& complaints)
      : key_(key), word_(word), complaints_(complaints) {}

  void add(const std::optional<Value>& value, const NetworkEndpoint& endpoint, const Node& node) {
    if (!value) return;
    const auto [at, is_new] = seen_.try_emplace(*value, &endpoint);
    if (is_new) return;
    const Node& place = *node.member(key_);
    complaints_.say(place,
                    fmt::format("{} is that of endpoint {} on line {}", quote(place.text),
                                quote(at->second->name), at->second->line),
                    fmt::format("{} of its own for each endpoint", word_));
  }

 private:
  std::string_view key_, word_;
  Complaints& complaints_;
  std::map<Value, const NetworkEndpoint*> seen_;
};

void check_endpoints_differ(const Placed<Network>& network, Complaints& complaints) {
  Owners<IpAddress> addresses("address", "an address", complaints);
  Owners<IpAddress> addresses6("address6", "an address", complaints);
  Owners<WireguardKey> keys("public_key", "a key", complaints);
  for_each_endpoint(network, [&](const NetworkEndpoint& endpoint, const Node& node) {
    addresses.add(endpoint.address, endpoint, node);
    addresses6.add(endpoint.address6, endpoint, node);
    keys.add(endpoint.public_key, endpoint, node);
  });
}

// The gateway's own, which means something only in a subnet that the document says.
void check_own_address(const Placed<Network>& network, const std::optional<IpAddress>& address,
                       const std::optional<Prefix>& subnet, std::string_view key, std::string_view subnet_key,
                       Complaints& complaints) {
  if (!address) return;
  const Node& node = *network.node->member(key);
  if (!subnet)
    complaints.say(node,
                   fmt::format("the network has no \"{}\" that {} is in", subnet_key, address->to_string()),
                   fmt::format("\"{}\" as well", subnet_key));
  else if (!subnet->contains(*address) ||
           (*address == subnet->address && *address != gateway_address(*subnet)))
    complaints.say(node,
                   fmt::format("{} is no address of {} (line {})", address->to_string(), subnet->to_string(),
                               complaints.line_of(*network.node->member(subnet_key))),
                   fmt::format("such as \"{}\"", gateway_address(*subnet).to_string()));
}

void check_addresses_fit(const Placed<Network>& network, Complaints& complaints) {
  const auto& [subnet, subnet6] = std::tie(network.value.subnet, network.value.subnet6);
  check_own_address(network, network.value.address, subnet, "address", "subnet", complaints);
  check_own_address(network, network.value.address6, subnet6, "address6", "subnet6", complaints);
  for_each_endpoint(network, [&](const NetworkEndpoint& endpoint, const Node& node) {
    if (subnet && endpoint.address)
      check_in_subnet(*endpoint.address, network, *subnet, network.value.address, "subnet",
                      *node.member("address"), complaints);
    if (subnet6 && endpoint.address6)
      check_in_subnet(*endpoint.address6, network, *subnet6, network.value.address6, "subnet6",
                      *node.member("address6"), complaints);
  });
}

void warn_of_expired(const Placed<Network>& network, std::chrono::system_clock::time_point now,
                     Complaints& complaints) {
  for_each_endpoint(network, [&](const NetworkEndpoint& endpoint, const Node& node) {
    if (endpoint.expires && *endpoint.expires <= now)
      complaints.warn(
          *node.member("expires"),
          fmt::format("endpoint {} expired at {}", quote(endpoint.name), rfc3339(*endpoint.expires)),
          "a later time, or remove it");
  });
}

}   // namespace

void check_network_endpoints(Draft& draft) {
  const auto now = std::chrono::system_clock::now();
  for (const auto& network : draft.networks) {
    check_capacity(network, network.value.subnet, "subnet", draft);
    check_capacity(network, network.value.subnet6, "subnet6", draft);
    check_endpoints_differ(network, draft.complaints);
    check_addresses_fit(network, draft.complaints);
    warn_of_expired(network, now, draft.complaints);
  }
}

}   // namespace sluice::config
