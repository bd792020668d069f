// SPDX-License-Identifier: GPL-2.0-or-later
// Networks and their endpoints: what they have, and what their tunnels say.
#include <algorithm>

#include "base/text.hpp"
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

std::string_view word_for(const NetworkEndpoint& endpoint, const PeerState* state,
                          std::chrono::system_clock::time_point now) {
  if (endpoint.disabled) return "disabled";
  if (!is_live(endpoint, now)) return "expired";
  if (!state || !state->last_handshake) return "never";
  return now - *state->last_handshake < kActive ? "active" : "idle";
}

json endpoint_row(const Network& network, const NetworkEndpoint& endpoint,
                  const std::optional<WireguardKey>& key, const PeerState* state) {
  const auto now = std::chrono::system_clock::now();
  json row = {{"network", network.name},
              {"name", endpoint.name},
              {"type", to_string(endpoint.type)},
              {"address", text_or_null(endpoint.address)},
              {"address6", text_or_null(endpoint.address6)},
              {"state", word_for(endpoint, state, now)},
              {"version", endpoint.version},
              {"rotating", endpoint.rotation.has_value()}};
  row["public_key"] = key ? json(to_string(*key)) : json(nullptr);
  row["dial"] = state && state->endpoint ? json(to_string(*state->endpoint))
                : endpoint.dial          ? json(to_string(*endpoint.dial))
                                         : json(nullptr);
  row["last_handshake"] =
      state && state->last_handshake ? json(rfc3339(*state->last_handshake)) : json(nullptr);
  row["rx_bytes"] = state ? state->rx_bytes : 0;
  row["tx_bytes"] = state ? state->tx_bytes : 0;
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
  const auto link = seen.links.find(network.device);
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
          {"backend", !tunnel ? json(nullptr) : json(tunnel->userspace ? "userspace" : "kernel")},
          {"endpoints", endpoints.size()},
          {"active", active},
          {"rx_bytes", sum("rx_bytes")},
          {"tx_bytes", sum("tx_bytes")}};
}

json endpoint_rows(const Network& network, const Allotments& allotments, const ObservedTunnel* tunnel) {
  json rows = json::array();
  for (const NetworkEndpoint& endpoint : network.endpoints) {
    const auto key = allotted_key(allotments, network.name, endpoint.name);
    rows.push_back(endpoint_row(network, endpoint, key, state_of(tunnel, key)));
  }
  return rows;
}

}   // namespace

Result<json> show_networks(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current()) return json{{"networks", std::move(rows)}};
  const Observed seen = TRY(gateway.observe());
  const Allotments allotments = TRY(gateway.allotments());
  for (const Network& network : gateway.current()->document.networks) {
    const ObservedTunnel* tunnel = tunnel_of(seen, network);
    rows.push_back(network_row(network, endpoint_rows(network, allotments, tunnel), tunnel, seen));
  }
  return json{{"networks", std::move(rows)}};
}

Result<json> show_endpoints(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current()) return json{{"endpoints", std::move(rows)}};
  const Observed seen = TRY(gateway.observe());
  const Allotments allotments = TRY(gateway.allotments());
  for (const Network& network : gateway.current()->document.networks)
    for (json& row : endpoint_rows(network, allotments, tunnel_of(seen, network)))
      rows.push_back(std::move(row));
  return json{{"endpoints", std::move(rows)}};
}

}   // namespace sluice
