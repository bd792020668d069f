// SPDX-License-Identifier: GPL-2.0-or-later
// The clients of this gateway's relay, and the relays that it is reached through itself: what tunnels say of
// them.
#include "base/text.hpp"
#include "model/quota.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::chrono::minutes kHeardLately{3};   // as of endpoints of networks

std::string_view state_of_client(const PeerState* state) {
  if (!state || !state->last_handshake) return "never";
  return std::chrono::system_clock::now() - *state->last_handshake < kHeardLately ? "active" : "idle";
}

json address_text(const std::optional<IpAddress>& address) {
  return address ? json(address->to_string()) : json(nullptr);
}

// What the device has counted of the other end.
json counts_of_peer(const PeerState* state) {
  const uint64_t rx = state ? state->rx_bytes : 0, tx = state ? state->tx_bytes : 0;
  return {
      {"bytes", rx + tx},
      {"rx_bytes", rx},
      {"tx_bytes", tx},
      {"last_seen", state && state->last_handshake ? json(rfc3339(*state->last_handshake)) : json(nullptr)}};
}

const PeerState* state_in(const Observed& seen, const std::string& device, const WireguardKey& key) {
  const auto tunnel = seen.tunnels.find(device);
  if (tunnel == seen.tunnels.end()) return nullptr;
  const auto at = tunnel->second.states.find(key);
  return at == tunnel->second.states.end() ? nullptr : &at->second;
}

// A client that comes over TLS is at an address of this machine.
json way_of_client(const PeerState* state) {
  if (!state || !state->endpoint) return nullptr;
  return state->endpoint->address.is_loopback() ? "tcp" : "udp";
}

json dialled_of(const PeerState* state) {
  return state && state->endpoint ? json(to_string(*state->endpoint)) : json(nullptr);
}

// Null: nothing is counted where nothing is bounded.
json used_of(const QuotaBook& quotas, const Relay& relay, const RelayClient& client) {
  const uint64_t quota = client.quota.value_or(relay.quota);
  const bool is_bounded = quota != kUnlimited;
  return {{"quota", is_bounded ? json(quota_to_string(quota)) : json(nullptr)},
          {"quota_bytes", is_bounded ? json(quota) : json(nullptr)},
          {"month_bytes", is_bounded ? json(quotas.bytes_of(client)) : json(nullptr)}};
}

json client_row(const Relay& relay, const RelayClient& client, const PeerState* state,
                const QuotaBook& quotas) {
  json row = {{"name", client.name},
              {"port", client.port.value_or(0)},
              {"state", quotas.is_over(relay, client) ? "over quota" : state_of_client(state)},
              {"way", way_of_client(state)},
              {"from", dialled_of(state)},
              {"address", address_text(client.address)},
              {"address6", address_text(client.address6)},
              {"to_port", client.to_port},
              {"rate", bits_to_string(client.rate.value_or(relay.rate))},
              {"public_key", to_string(client.public_key)}};
  row.update(counts_of_peer(state));
  row.update(used_of(quotas, relay, client));
  return row;
}

std::string_view health_of(const KnownHealth* known) {
  if (!known || known->state == Health::kUnknown) return "unknown";
  return known->state == Health::kUp ? "up" : "down";
}

// The device has the relay as its one peer.
const PeerState* only_state(const Observed& seen, const std::string& device) {
  const auto tunnel = seen.tunnels.find(device);
  if (tunnel == seen.tunnels.end() || tunnel->second.states.empty()) return nullptr;
  return &tunnel->second.states.begin()->second;
}

json used_row(const UsedRelay& relay, const KnownHealth* known, const PeerState* state) {
  json row = {
      {"name", relay.name},
      {"state", health_of(known)},
      {"in_use", relay.in_use},
      {"way", relay.by_tcp ? "tcp" : "udp"},
      {"endpoint", relay.at ? json(to_string(*relay.at)) : json(nullptr)},
      {"latency_ms",
       known && known->latency ? json(static_cast<double>(known->latency->count()) / 1000) : json(nullptr)},
      {"reason", known && !known->reason.empty() ? json(known->reason) : json(nullptr)},
      {"device", relay.device},
      {"dial", dialled_of(state)}};
  row.update(counts_of_peer(state));
  return row;
}

}   // namespace

Result<json> show_relay(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current() || !gateway.current()->document.relay) return json{{"relay", std::move(rows)}};
  const Relay& relay = *gateway.current()->document.relay;
  const Observed seen = TRY(gateway.observe());
  for (const RelayClient& client : relay.clients)
    rows.push_back(
        client_row(relay, client, state_in(seen, relay.device, client.public_key), gateway.quotas()));
  return json{{"relay", std::move(rows)}};
}

Result<json> show_relays(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current() || !gateway.current()->document.reachability)
    return json{{"relays", std::move(rows)}};
  const Observed seen = TRY(gateway.observe());
  for (const UsedRelay& relay : gateway.current()->document.reachability->relays)
    rows.push_back(used_row(relay, gateway.health().find(relay_target_name(relay.name)),
                            only_state(seen, relay.device)));
  return json{{"relays", std::move(rows)}};
}

}   // namespace sluice
