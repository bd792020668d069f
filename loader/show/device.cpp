// SPDX-License-Identifier: GPL-2.0-or-later
// How this machine is reached behind somebody else's NAT: by which ports, through which NATs, and by whom.
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "gateway/reach_view.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

struct NetworkPort {
  const Network* network;
  const PortNews* news;   // null: nothing is known
};

json word_or_null(NatBehaviour behaviour) {
  return behaviour == NatBehaviour::kUnknown ? json()
                                             : json(kNatBehaviourNames[static_cast<size_t>(behaviour)]);
}

json place_of(const std::optional<Endpoint>& endpoint) {
  return endpoint ? json(to_string(*endpoint)) : json();
}

std::vector<NetworkPort> ports_of(Gateway& gateway) {
  std::vector<NetworkPort> ports;
  for (const Network& network : gateway.current()->document.networks)
    if (network.port) ports.push_back({&network, gateway.reach().news_of(*network.port)});
  return ports;
}

json external_ip(const RouterNews& news) {
  return news.outside && !news.outside->address.is_unspecified() ? json(news.outside->address.to_string())
                                                                 : json();
}

// What a router makes of a port.
json router_of(const RouterNews& news) {
  const bool is_mapped = news.state == PortState::kMapped;
  return {{"status", kPortStateNames[static_cast<size_t>(news.state)]},
          {"by", is_mapped ? json(to_string(news.by)) : json()},
          {"external_ip", external_ip(news)},
          {"external_port", news.outside ? json(news.outside->port) : json()},
          {"until", news.until ? json(rfc3339(*news.until)) : json()},
          {"reason", news.trouble.empty() ? json() : json(news.trouble)}};
}

RouterNews router_news(const NetworkPort& port) {
  return port.news ? port.news->router : RouterNews{PortState::kAsking};
}
RouterNews router6_news(const NetworkPort& port) { return port.news ? port.news->router6 : RouterNews(); }
SeenNews seen_news(const NetworkPort& port) { return port.news ? port.news->seen : SeenNews(); }

json upnp_of(const ReachOrder& order, const std::vector<NetworkPort>& ports) {
  if (order.by.empty()) return {};
  json all = ports.empty() ? router_of({}) : router_of(router_news(ports.front()));
  all["router"] = order.router ? json(order.router->to_string()) : json();
  all["ports"] = json::array();
  for (const NetworkPort& port : ports) {
    json row = router_of(router_news(port));
    row["network"] = port.network->name;
    row["port"] = *port.network->port;
    row["ipv6"] = router_of(router6_news(port));
    all["ports"].push_back(std::move(row));
  }
  return all;
}

json stun_row(const SeenNews& news) {
  return {{"status", news.mapped ? "answered" : "silent"},
          {"server", news.server.empty() ? json() : json(news.server)},
          {"mapped", place_of(news.mapped)},
          {"mapping", word_or_null(news.mapping)},
          {"filtering", word_or_null(news.filtering)},
          {"mapping_lifetime", news.lifetime ? json(news.lifetime->count()) : json()}};
}

json stun_of(const ReachOrder& order, const std::vector<NetworkPort>& ports) {
  if (order.stun.empty()) return {};
  json all = stun_row(ports.empty() ? SeenNews() : seen_news(ports.front()));
  all["ports"] = json::array();
  for (const NetworkPort& port : ports) {
    json row = stun_row(seen_news(port));
    row["network"] = port.network->name;
    row["port"] = *port.network->port;
    row["open"] = place_of(seen_news(port).open);
    all["ports"].push_back(std::move(row));
  }
  return all;
}

json layer_row(const NatLayer& layer) {
  return {{"outside", layer.outside ? json(layer.outside->to_string()) : json()},
          {"kind", layer.is_carrier ? "carrier" : "home"},
          {"mapping", word_or_null(layer.mapping)},
          {"filtering", word_or_null(layer.filtering)},
          {"mapped_by", layer.mapped_by ? json(to_string(*layer.mapped_by)) : json()}};
}

const std::vector<UsedRelay>& relays_of(const Gateway& gateway) {
  static const std::vector<UsedRelay> kNone;
  const bool has_any = gateway.current() && gateway.current()->document.reachability;
  return has_any ? gateway.current()->document.reachability->relays : kNone;
}

std::string_view path_by(const UsedRelay& relay) { return relay.by_tcp ? "relay-tcp" : "relay"; }

// Whoever comes through a relay comes from its address in the tunnel. Through the relay of a peer we go
// ourselves: then it is the peer who says so.
std::string_view path_of_peer(const json& row, const std::vector<UsedRelay>& relays,
                              const std::vector<PathNews>& paths) {
  if (row["state"] != "active") return "none";
  const auto path = std::ranges::find_if(
      paths, [&](const PathNews& one) { return row["public_key"] == to_string(one.peer); });
  const PathKind kind = path == paths.end() ? PathKind::kNone : path->kind;
  if (kind == PathKind::kDirect || kind == PathKind::kHolePunched) return to_string(kind);
  const auto from =
      row["dial"].is_string() ? parse_endpoint(row["dial"].get_ref<const std::string&>()) : std::nullopt;
  const auto by = std::ranges::find_if(relays, [&](const UsedRelay& relay) {
    return from && (relay.asked == from->address || relay.asked6 == from->address);
  });
  if (by != relays.end()) return path_by(*by);
  return kind == PathKind::kRelay ? "relay" : "direct";
}

json peers_of(const json& endpoints, const std::vector<UsedRelay>& relays,
              const std::vector<PathNews>& paths) {
  json peers = json::array();
  for (const json& row : endpoints)
    peers.push_back({{"network", row["network"]},
                     {"name", row["name"]},
                     {"state", row["state"]},
                     {"endpoint", row["dial"]},
                     {"last_handshake", row["last_handshake"]},
                     {"path", path_of_peer(row, relays, paths)}});
  return peers;
}

// What a new peer of the first network would take.
json path_of(const std::vector<NetworkPort>& ports) {
  const bool is_direct = !ports.empty() && ports.front().news && direct_place(*ports.front().news);
  return is_direct ? "direct" : "none";
}

json test_of(const ReachTest& test) {
  return {{"number", test.number},
          {"running", test.runs},
          {"ended", test.ended ? json(rfc3339(*test.ended)) : json()}};
}

// What a new peer of each would take. Callers that come through a relay come to the first that has a port.
json networks_of(Gateway& gateway, const json& status) {
  json rows = json::array();
  bool is_first = true;
  for (const Network& network : gateway.current()->document.networks) {
    json row = {{"name", network.name}, {"port", nullptr}, {"path", nullptr}, {"endpoint", nullptr}};
    if (network.port) row["port"] = *network.port;
    if (network.port && !status["path"].is_null()) {
      const auto place = gateway.reach().found(network);
      const bool as_all = std::exchange(is_first, false);
      row["path"] = as_all ? status["path"] : json(place ? "direct" : "none");
      row["endpoint"] = as_all ? status["endpoint"] : place_of(place);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// The one that callers are told; null: the document has none.
json relay_of(const Gateway& gateway) {
  const auto& relays = relays_of(gateway);
  if (relays.empty()) return {};
  const auto told = std::ranges::find(relays, true, &UsedRelay::in_use);
  const bool is_told = told != relays.end() && told->at;
  const KnownHealth* known = is_told ? gateway.health().find(relay_target_name(told->name)) : nullptr;
  const bool connected = known && known->state == Health::kUp;
  return {{"status", connected ? "connected"
                     : is_told ? "asking"
                               : "down"},
          {"connected", connected},
          {"server", is_told ? json(told->name) : json()},
          {"external_ip", is_told ? json(told->at->address.to_string()) : json()},
          {"external_port", is_told ? json(told->at->port) : json()}};
}

// Where strangers do not get through by themselves.
void take_relay(const Gateway& gateway, json& status) {
  if (status["path"] != "none" || !status["relay"].is_object() || !status["relay"]["connected"]) return;
  const auto told = std::ranges::find(relays_of(gateway), true, &UsedRelay::in_use);
  status["path"] = path_by(*told);
  status["endpoint"] = place_of(told->at);
}

void tell_reachability(Gateway& gateway, json& status) {
  const ReachOrder& order = gateway.reach().last_order();
  const auto ports = ports_of(gateway);
  status["test"] = test_of(gateway.reach().last_test());
  status["upnp"] = upnp_of(order, ports);
  status["stun"] = stun_of(order, ports);
  status["relay"] = relay_of(gateway);
  status["path"] = path_of(ports);
  const PortNews first = !ports.empty() && ports.front().news ? *ports.front().news : PortNews();
  status["endpoint"] = place_of(direct_place(first));
  take_relay(gateway, status);
  const auto layers = layers_of(order.local, first);
  status["nat"] = first.seen.mapped || first.router.outside ? json(summary_of(layers)) : json();
  status["layers"] = json::array();
  for (const NatLayer& layer : layers) status["layers"].push_back(layer_row(layer));
}

// Of the name that follows the gateway, where there is one.
json dns_of(const NameState& state) {
  if (state.status == NameState::Status::kOff) return {};
  json leads = json::array();
  for (const auto& address : {state.spot.ipv4, state.spot.ipv6})
    if (address) leads.push_back(address->to_string());
  return {{"status", to_string(state.status)},
          {"subdomain", state.name},
          {"points_to", std::move(leads)},
          {"port", state.spot.port ? json(state.spot.port) : json()},
          {"server", state.server.empty() ? json() : json(state.server)},
          {"last_update", state.told ? json(rfc3339(*state.told)) : json()},
          {"reason", state.error.empty() ? json() : json(state.error)}};
}

}   // namespace

Result<json> show_device(Gateway& gateway) {
  const json endpoints = TRY(show_endpoints(gateway));
  json status = {
      {"wireguard",
       {{"peers", peers_of(endpoints["endpoints"], relays_of(gateway), gateway.reach().news().paths)}}}};
  for (const char* key : {"upnp", "stun", "relay", "path", "endpoint", "nat", "layers", "test"})
    status[key] = nullptr;
  if (gateway.current() && gateway.current()->document.reachability) tell_reachability(gateway, status);
  status["wireguard"]["networks"] = gateway.current() ? networks_of(gateway, status) : json::array();
  status["dns"] = dns_of(gateway.name().state());
  return status;
}

}   // namespace sluice
