// SPDX-License-Identifier: GPL-2.0-or-later
// Networks and their endpoints: what they have, and what their tunnels say.
#include <algorithm>

#include "base/text.hpp"
#include "compile/common/drop_reason.hpp"
#include "model/endpoints.hpp"
#include "network/versions.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::chrono::minutes kActive{
    3};   // a session that carries is renewed within two (WireGuard, section 6.1)

json text_or_null(const auto& value) { return value ? json(value->to_string()) : json(nullptr); }

const ObservedTunnel* tunnel_of(const Observed& seen, const Network& network) {
  const auto at = seen.tunnels.find(network.device);
  return at == seen.tunnels.end() ? nullptr : &at->second;
}

const PeerState* state_of(const ObservedTunnel* tunnel, const std::optional<WireguardKey>& key) {
  if (!tunnel || !key) return nullptr;
  const auto at = tunnel->states.find(*key);
  return at == tunnel->states.end() ? nullptr : &at->second;
}

// By the peer that it has now: an earlier one's session is over.
std::string_view word_for(const NetworkEndpoint& endpoint, const PeerState* state, const PeerCount& carried,
                          std::chrono::system_clock::time_point now) {
  if (endpoint.disabled) return "disabled";
  if (!is_live(endpoint, now)) return "expired";
  if (!carried.last_handshake) return "never";
  if (!state || !state->last_handshake) return "idle";
  return now - *state->last_handshake < kActive ? "active" : "idle";
}

using EndpointCounts = std::map<std::string, EndpointCount>;

Result<EndpointCounts> counts_of(Gateway& gateway) {
  EndpointCounts counts;
  for (EndpointCount& count : TRY(gateway.engine().endpoints())) counts[count.name] = std::move(count);
  return counts;
}

// By their reasons, of anything that has reasons, packets and bytes.
json dropped_of(const auto& drops) {
  json by_reason = json::object();
  for (const auto& drop : drops) {
    const DropReason* why = drop_reason(drop.reason);
    by_reason[why ? std::string(why->name()) : std::to_string(drop.reason)] = {{"packets", drop.packets},
                                                                               {"bytes", drop.bytes}};
  }
  return by_reason;
}

uint64_t packets_in(const auto& drops) {
  uint64_t packets = 0;
  for (const auto& drop : drops) packets += drop.packets;
  return packets;
}

void add_counts(const EndpointCount& count, json& row) {
  row["rx_packets"] = count.from.packets;
  row["tx_packets"] = count.to.packets;
  row["rx_inner_bytes"] = count.from.bytes;
  row["tx_inner_bytes"] = count.to.bytes;
  row["drops"] = packets_in(count.drops);
  row["dropped"] = dropped_of(count.drops);
}

// Of what came in by its tunnel: also from sources that no endpoint has.
std::vector<DropCount> drops_of(const Network& network, const Observed& seen,
                                const std::vector<DropCount>& all) {
  std::vector<DropCount> drops;
  const auto link = seen.links.find(network.device);
  if (link == seen.links.end()) return drops;
  std::ranges::copy_if(all, std::back_inserter(drops),
                       [&](const DropCount& drop) { return drop.ifindex == link->second.index; });
  return drops;
}

json endpoint_row(const Network& network, const NetworkEndpoint& endpoint,
                  const std::optional<WireguardKey>& key, const PeerState* state, const PeerCount& carried,
                  const NeighbourState* routing) {
  const auto now = std::chrono::system_clock::now();
  json row = {{"network", network.name},
              {"name", endpoint.name},
              {"type", to_string(endpoint.type)},
              {"address", text_or_null(endpoint.address)},
              {"address6", text_or_null(endpoint.address6)},
              {"state", word_for(endpoint, state, carried, now)},
              {"version", endpoint.version},
              {"rotating", endpoint.rotation.has_value()}};
  row["public_key"] = key ? json(to_string(*key)) : json(nullptr);
  row["dial"] = state && state->endpoint ? json(to_string(*state->endpoint))
                : endpoint.dial          ? json(to_string(*endpoint.dial))
                                         : json(nullptr);
  row["last_handshake"] = carried.last_handshake ? json(rfc3339(*carried.last_handshake)) : json(nullptr);
  row["routing_state"] = routing && !routing->state.empty() ? json(routing->state) : json(nullptr);
  row["prefixes"] = routing ? json(routing->prefixes) : json(nullptr);
  row["rx_bytes"] = carried.rx_bytes;
  row["tx_bytes"] = carried.tx_bytes;
  return row;
}

json network_row(const Network& network, const json& endpoints, const ObservedTunnel* tunnel,
                 const Observed& seen) {
  const auto sum = [&](const char* key) {
    uint64_t total = 0;
    for (const json& endpoint : endpoints) total += endpoint[key].get<uint64_t>();
    return total;
  };
  const auto active =
      std::ranges::count_if(endpoints, [](const json& one) { return one["state"] == "active"; });
  const auto link = seen.links.find(network.device), bridge = seen.links.find(network.bridge);
  return {{"name", network.name},
          {"type", to_string(network.type)},
          {"vcid", network.vcid.value_or(0)},
          {"port", network.port.value_or(0)},
          {"subnet", text_or_null(network.subnet)},
          {"subnet6", text_or_null(network.subnet6)},
          {"zone", network.zone},
          {"vrf", network.vrf},
          {"device", network.device},
          {"mtu", link == seen.links.end() ? json(nullptr) : json(link->second.mtu)},
          {"l2_mtu", bridge == seen.links.end() ? json(nullptr) : json(bridge->second.mtu)},
          {"vni", network.vni ? json(*network.vni) : json(nullptr)},
          {"vlans", network.vlans.empty() ? json(nullptr) : json(vlans_text(network.vlans))},
          {"bridge", network.bridge.empty() ? json(nullptr) : json(network.bridge)},
          {"backend", !tunnel ? json(nullptr) : json(tunnel->userspace ? "userspace" : "kernel")},
          {"routing", to_string(network.routing.protocol)},
          {"endpoints", endpoints.size()},
          {"active", active},
          {"rx_bytes", sum("rx_bytes")},
          {"tx_bytes", sum("tx_bytes")}};
}

const NeighbourState* neighbour_of(const RouterState* router, const NetworkEndpoint& endpoint) {
  if (!router) return nullptr;
  const auto at = router->neighbours.find(endpoint.name);
  return at == router->neighbours.end() ? nullptr : &at->second;
}

// What both lists are told from. Counts are asked for by the list that shows them: with nftables those of
// endpoints are a listing for each reason to drop.
class Teller {
 public:
  static Result<Teller> look(Gateway& gateway) {
    Teller teller(gateway.known().peers());
    teller.seen_ = TRY(gateway.observe());
    teller.allotments_ = TRY(gateway.allotments());
    teller.routers_ = gateway.routers().states();
    return teller;
  }

  json endpoints(const Network& network) const {
    const auto router = routers_.find(network.name);
    json rows = json::array();
    for (const NetworkEndpoint& endpoint : network.endpoints) {
      const auto key = allotted_key(allotments_, network.name, endpoint.name);
      rows.push_back(
          endpoint_row(network, endpoint, key, state_of(tunnel_of(seen_, network), key),
                       peers_.of(network.name, endpoint.name),
                       neighbour_of(router == routers_.end() ? nullptr : &router->second, endpoint)));
    }
    return rows;
  }

  json counted_endpoints(const Network& network, const EndpointCounts& counts) const {
    json rows = endpoints(network);
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto count = counts.find(full_name({&network, &network.endpoints[i]}));
      add_counts(count == counts.end() ? EndpointCount{} : count->second, rows[i]);
    }
    return rows;
  }

  json network(const Network& network, const std::vector<DropCount>& all) const {
    json row = network_row(network, endpoints(network), tunnel_of(seen_, network), seen_);
    const auto drops = drops_of(network, seen_, all);
    row["drops"] = packets_in(drops);
    row["dropped"] = dropped_of(drops);
    return row;
  }

 private:
  explicit Teller(const PeerBook& peers) : peers_(peers) {}

  const PeerBook& peers_;   // of the gateway
  Observed seen_;
  Allotments allotments_;
  std::map<std::string, RouterState> routers_;
};

}   // namespace

Result<json> show_networks(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current()) return json{{"networks", std::move(rows)}};
  const Teller teller = TRY(Teller::look(gateway));
  const auto drops = TRY(gateway.engine().drops());
  for (const Network& network : gateway.current()->document.networks)
    rows.push_back(teller.network(network, drops));
  return json{{"networks", std::move(rows)}};
}

Result<json> show_endpoints(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current()) return json{{"endpoints", std::move(rows)}};
  const Teller teller = TRY(Teller::look(gateway));
  const EndpointCounts counts = TRY(counts_of(gateway));
  for (const Network& network : gateway.current()->document.networks)
    for (json& row : teller.counted_endpoints(network, counts)) rows.push_back(std::move(row));
  return json{{"endpoints", std::move(rows)}};
}

}   // namespace sluice
