// SPDX-License-Identifier: GPL-2.0-or-later
// What no two clients of a relay have, and what of the gateway's is not theirs.
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/port_owners.hpp"

namespace sluice::config {
namespace {

// What each client has for itself.
template <class Value>
class ClientsOwn {
 public:
  ClientsOwn(std::string_view key, std::string_view word, Complaints& complaints)
      : key_(key), word_(word), complaints_(complaints) {}

  void add(const std::optional<Value>& value, const RelayClient& client, const Node& node) {
    const Node* place = node.member(key_);
    if (!value || !place) return;
    const auto [at, is_new] = seen_.try_emplace(*value, &client);
    if (!is_new)
      complaints_.say(*place,
                      fmt::format("{} is that of client {} on line {}", quote(place->text),
                                  quote(at->second->name), at->second->line),
                      fmt::format("{} of its own for each client", word_));
  }

 private:
  std::string_view key_, word_;
  Complaints& complaints_;
  std::map<Value, const RelayClient*> seen_;
};

void check_client_address(const std::optional<IpAddress>& address, const Prefix& subnet, std::string_view key,
                          const Node& node, Complaints& complaints) {
  if (!address) return;
  const std::string text = address->to_string();
  if (!subnet.contains(*address) || *address == subnet.address)
    complaints.say(*node.member(key),
                   fmt::format("{} is no address of {}, the relay's subnet", text, subnet.to_string()),
                   "an address of the relay's subnet");
  else if (*address == relay_address(subnet))
    complaints.say(*node.member(key), fmt::format("{} is the relay's own", text),
                   fmt::format("such as \"{}\"", address->plus(1).to_string()));
}

void check_client_port(const RelayClient& client, const Relay& relay, const Node& node,
                       Complaints& complaints) {
  if (client.port && !relay.ports.contains(*client.port))
    complaints.say(
        *node.member("port"),
        fmt::format("{} is not one of {}, the ports of the relay", *client.port, relay.ports.to_string()),
        "one of its ports, or none: then it is given one");
}

void check_relay_clients(const Relay& relay, const Node& relay_node, Complaints& complaints) {
  const Node* clients = relay_node.member("clients");
  if (!clients || clients->kind != Kind::kObject) return;
  ClientsOwn<WireguardKey> keys("public_key", "a key", complaints);
  ClientsOwn<uint16_t> ports("port", "a port", complaints);
  ClientsOwn<IpAddress> addresses("address", "an address", complaints);
  ClientsOwn<IpAddress> addresses6("address6", "an address", complaints);
  auto client = relay.clients.begin();
  for (const Node& node : clients->children()) {
    if (node.kind == Kind::kObject) {
      if (client->public_key != WireguardKey{}) keys.add(client->public_key, *client, node);
      ports.add(client->port, *client, node);
      addresses.add(client->address, *client, node);
      addresses6.add(client->address6, *client, node);
      check_client_port(*client, relay, node, complaints);
      check_client_address(client->address, relay.subnet, "address", node, complaints);
      check_client_address(client->address6, relay.subnet6, "address6", node, complaints);
    }
    ++client;
  }
}

// At the value, or at the relay itself where the document leaves it out.
void say_of_relay(const Node& relay, std::string_view key, std::string reason, std::string remedy,
                  Complaints& complaints) {
  const Node* value = relay.member(key);
  complaints.say(value ? *value : relay, std::move(reason), std::move(remedy));
}

// Whoever asks for one of these ports means a client, or the tunnel.
void check_ports_of_relay(const Relay& relay, const Node& node, Draft& draft) {
  const PortRange own{relay.port, relay.port};
  const auto check = [&](const PortRange& ports, const std::string& who) {
    if (ports.overlaps(own))
      say_of_relay(node, "port", fmt::format("UDP port {} is that of {}", relay.port, who), "another port",
                   draft.complaints);
    if (ports.overlaps(relay.ports))
      say_of_relay(node, "ports",
                   fmt::format("{} overlaps {} of {}", relay.ports.to_string(), ports.to_string(), who),
                   "ports that nothing else has", draft.complaints);
  };
  for (const auto& [network, place] : draft.networks)
    if (network.port) check({*network.port, *network.port}, fmt::format("network {}", quote(network.name)));
  if (!draft.networks.empty()) check(draft.wireguard.ports, "networks");
  if (!draft.pods.empty()) check(draft.pod_settings.ports, "pods");
  for (const auto& [forward, place] : draft.forwards)
    for (const PortRange& ports : forward.ports)
      if (takes(forward, IPPROTO_UDP)) check(ports, title_of(forward));
  if (relay.ports.contains(relay.port))
    say_of_relay(node, "port",
                 fmt::format("{} is one of {}, the ports of clients", relay.port, relay.ports.to_string()),
                 "another port", draft.complaints);
}

// Whoever asks for this port means the tunnel over TLS; by UDP of the same number it is asked as well.
void check_tls_port_of_relay(const Relay& relay, const Node& node, Draft& draft) {
  if (!relay.tcp) return;
  const uint16_t port = *relay.tcp;
  const auto say = [&](const std::string& whose) {
    say_of_relay(node, "tcp", fmt::format("port {} is that of {}", port, whose), "another port",
                 draft.complaints);
  };
  if (port == relay.port || relay.ports.contains(port)) say("the relay's own UDP");
  for (const auto& [forward, place] : draft.forwards)
    if (std::ranges::any_of(forward.ports, [&](const PortRange& range) { return range.contains(port); }) &&
        (takes(forward, IPPROTO_TCP) || takes(forward, IPPROTO_UDP)))
      say(title_of(forward));
  for (const auto& [network, place] : draft.networks)
    if (network.port == port) say(fmt::format("network {}", quote(network.name)));
  if (!draft.networks.empty() && draft.wireguard.ports.contains(port)) say("networks");
  if (!draft.pods.empty() && draft.pod_settings.ports.contains(port)) say("pods");
  if (draft.ssh && draft.ssh->value.ports.contains(port)) say("boxes of ssh");
  if (draft.front && (draft.front->value.http == port || draft.front->value.https == port)) say("the front");
}

void check_room_for_clients(const Relay& relay, const Node& node, Complaints& complaints) {
  if (relay.clients.size() > relay.ports.size())
    say_of_relay(node, "ports",
                 fmt::format("{} clients have {} ports", relay.clients.size(), relay.ports.size()),
                 "a port for each client", complaints);
  const int free_bits = 32 - relay.subnet.length;
  if (free_bits < 32 && relay.clients.size() + 2 > size_t{1} << free_bits)
    say_of_relay(
        node, "subnet",
        fmt::format("{} has no addresses for {} clients", relay.subnet.to_string(), relay.clients.size()),
        "a larger subnet", complaints);
}

}   // namespace

void check_relay(Draft& draft) {
  if (!draft.relay) return;
  const auto& [relay, node] = *draft.relay;
  if (node->kind != Kind::kObject) return;
  check_relay_clients(relay, *node, draft.complaints);
  check_ports_of_relay(relay, *node, draft);
  check_tls_port_of_relay(relay, *node, draft);
  check_room_for_clients(relay, *node, draft.complaints);
  check_interface_of_ports(relay.interface, *node, draft);
}

}   // namespace sluice::config
