// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/rotations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/fnv.hpp"
#include "gateway/client_side.hpp"
#include "network/implied.hpp"
#include "network/versions.hpp"

namespace sluice {
namespace {

// In the place of the gateway's outside address, which is another one after each reconnection of some lines.
constexpr std::string_view kOutside = "(the outside address)";
// A set may have very many, and each endpoint keeps a text of its own for each version.
constexpr size_t kMostResources = 128;

// The bytes are of a message that only the key can make: by the time of a whole handshake the first packets
// were here already, and are lost.
bool is_heard(const ObservedTunnel& tunnel, const WireguardKey& key) {
  const auto state = tunnel.states.find(key);
  return state != tunnel.states.end() && (state->second.last_handshake || state->second.rx_bytes > 0);
}

template <class Value>
Value value_or_none(const std::map<std::string, Value>& values, const std::string& name) {
  const auto at = values.find(name);
  return at == values.end() ? Value{} : at->second;
}

uint64_t sum_of(const std::vector<Prefix>& prefixes) {
  uint64_t sum = kFnvStart;
  for (const Prefix& prefix : prefixes) {
    const std::string text = prefix.to_string();
    sum = fnv(sum, text.data(), text.size());
  }
  return sum;
}

// What all endpoints of a network are told alike, as the history keeps it.
struct KeptSide {
  ClientSide side;
  std::string note;   // of what is too long to be kept
};

KeptSide kept_side(const Network& network, const Document& document, const WireguardKey& gateway_key) {
  KeptSide kept;
  kept.side.is_kept = true;
  kept.side.gateway_key = public_key_of(gateway_key);
  kept.side.endpoint =
      network.endpoint.empty() ? std::string(kOutside) : endpoint_to_call(network, document, {}).value_or("");
  kept.side.resources = resource_prefixes(network, document);
  const size_t count = kept.side.resources.size();
  if (count <= kMostResources) return kept;
  kept.note = fmt::format("# AllowedIPs = ({} prefixes, which are not kept: {:016x})\n", count,
                          sum_of(kept.side.resources));
  kept.side.resources.clear();
  return kept;
}

}   // namespace

void settle_versions(Document& document, const NetworkKeys& keys, const Allotments& known,
                     const Observed& seen, std::chrono::system_clock::time_point now, Allotments& given) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  for (Network& network : document.networks) {
    const auto made = value_or_none(keys.endpoints, network.name);
    const auto tunnel = seen.tunnels.find(network.device);
    KeptSide kept = kept_side(network, document, value_or_none(keys.gateways, network.name));
    kept.side.site_keys = made;
    kept.side.now = now;
    for (NetworkEndpoint& endpoint : network.endpoints) {
      EndpointNow is;
      is.key = endpoint.public_key ? *endpoint.public_key : value_or_none(made, endpoint.name);
      is.is_heard = tunnel != seen.tunnels.end() && is_heard(tunnel->second, is.key);
      is.is_live = is_live(endpoint, now);
      is.text = client_config(network, endpoint, kept.side) + kept.note;
      settle_version(network.name, endpoint, is, known, seconds, given);
    }
  }
}

TunnelChange take_up_change(const Network& network, const Tunnel& wanted, const ObservedTunnel& seen) {
  TunnelChange change;
  for (const NetworkEndpoint& endpoint : network.endpoints) {
    if (!endpoint.rotation || !is_heard(seen, endpoint.rotation->new_key)) continue;
    const auto old_peer = wanted.peers.find(endpoint.rotation->old_key);
    if (old_peer == wanted.peers.end() || !seen.tunnel.peers.contains(endpoint.rotation->new_key)) continue;
    change.changed.push_back(old_peer->second);
    change.changed.back().public_key = endpoint.rotation->new_key;
    change.changed.back().dial.reset();   // where it is heard stays
  }
  return change;
}

std::string kept_config(const std::string& text, const std::string& called_now) {
  std::string filled = text;
  if (const size_t at = filled.find(kOutside); at != std::string::npos && !called_now.empty())
    filled.replace(at, kOutside.size(), called_now);
  return filled;
}

}   // namespace sluice
