// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/expand_relay.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>

#include "network/mtus.hpp"

namespace sluice {
namespace {

class RelayExpander {
 public:
  RelayExpander(Document& document, const WireguardKey& private_key, const WayOut& way)
      : document_(document), relay_(*document.relay), private_key_(private_key), way_(way) {
    for (const Interface& interface : document.interfaces)
      if (interface.vrf.empty() && !interface.zone.empty() && !is_isolated_bridge(interface) &&
          std::ranges::find(outside_, interface.zone) == outside_.end())
        outside_.push_back(interface.zone);
  }

  std::vector<std::string> run() {
    add_interface();
    document_.zones.push_back(
        {.name = std::string(kRelayZone), .isolated = true, .uplink = false, .hosts_may_talk = false});
    if (outside_.empty()) return {};
    add_policies();
    const std::string device = relay_.interface.empty() ? way_.device : relay_.interface;
    if (device.empty())
      return {
          "relay: no default route leads out of an interface of the document, so its clients have no "
          "ports; \"interface\" names the one"};
    add_forwards(device);
    add_masquerade();
    add_limits();
    return {};
  }

 private:
  void add_interface() {
    Interface interface;
    interface.name = relay_.device;
    interface.zone = kRelayZone;
    for (const Prefix& subnet : {relay_.subnet, relay_.subnet6})
      interface.addresses.push_back({relay_address(subnet), subnet.length});
    interface.made =
        Wireguard{tunnel_of(relay_, private_key_), mtu_within(way_.mtu), document_.wireguard.backend};
    interface.line = relay_.line;
    document_.interfaces.push_back(std::move(interface));
  }

  Policy policy(const char* name, std::vector<std::string> from) const {
    Policy made;
    made.name = name;
    made.from = std::move(from);
    made.to = {std::string(kHostZone)};
    made.action = Action::kAccept;
    made.line = relay_.line;
    return made;
  }

  // Clients call the tunnel's port, over TLS as well, and ask whether the relay is there. Nothing else of
  // theirs is accepted: what they answer belongs to flows that others began.
  void add_policies() {
    Policy tunnel = policy("relay tunnel", outside_);
    tunnel.protocols = {IPPROTO_UDP};
    tunnel.ports = {{relay_.port, relay_.port}};
    Policy asked = policy("relay asked", {std::string(kRelayZone)});
    asked.protocols = {IPPROTO_ICMP, IPPROTO_ICMPV6};
    asked.source.prefixes = {relay_.subnet, relay_.subnet6};
    for (const Prefix& subnet : {relay_.subnet, relay_.subnet6})
      asked.destination.prefixes.push_back(Prefix::of_host(relay_address(subnet)));
    document_.policies.insert(document_.policies.begin(), {std::move(tunnel), std::move(asked)});
    if (!relay_.tcp) return;
    Policy tls = policy("relay over TLS", outside_);
    tls.protocols = {IPPROTO_TCP, IPPROTO_UDP};
    tls.ports = {{*relay_.tcp, *relay_.tcp}};
    document_.policies.insert(document_.policies.begin(), std::move(tls));
  }

  void add_forwards(const std::string& device) {
    for (const RelayClient& client : relay_.clients)
      for (const IpAddress& to : {*client.address, *client.address6}) {
        Forward forward;
        forward.name = relay_forward_name(client.name);
        forward.listen = device;
        forward.protocols = {IPPROTO_UDP};
        forward.ports = {{*client.port, *client.port}};
        forward.to = to;
        forward.to_port = client.to_port;
        forward.line = client.line;
        document_.forwards.push_back(std::move(forward));
      }
  }

  // A client has a way to the relay alone, so whoever calls it does so as the relay. Each client has all
  // ports for itself: whoever floods one takes none from the others.
  void add_masquerade() {
    Masquerade made;
    made.name = "relay callers";
    made.from = outside_;
    made.to = {std::string(kRelayZone)};
    made.ipv6 = true;
    made.mapping = Mapping::kPerDestination;
    made.line = relay_.line;
    document_.masquerades.push_back(std::move(made));
  }

  // One for all clients of the same rate, in each direction; every client has a bucket of its own.
  void add_limits() {
    std::map<uint64_t, AddressMatch> clients;
    for (const RelayClient& client : relay_.clients)
      std::ranges::copy(addresses_of(client),
                        std::back_inserter(clients[client.rate.value_or(relay_.rate)].prefixes));
    for (auto& [rate, match] : clients) {
      Limit limit;
      limit.from = outside_;
      limit.to = {std::string(kRelayZone)};
      if (clients.size() > 1) limit.destination = std::move(match);
      limit.key.kind = LimitKey::kDestination;
      limit.rate = {rate, false};
      limit.line = relay_.line;
      for (const auto& [direction, word] :
           {std::pair(LimitDirection::kOriginal, "to"), std::pair(LimitDirection::kReply, "from")}) {
        limit.direction = direction;
        limit.name = fmt::format("relay {} {} client", bits_to_string(rate), word);
        document_.limits.push_back(limit);
      }
    }
  }

  Document& document_;
  const Relay& relay_;
  const WireguardKey& private_key_;
  const WayOut& way_;
  std::vector<std::string> outside_;   // zones that clients and their callers are in
};

}   // namespace

Tunnel tunnel_of(const Relay& relay, const WireguardKey& private_key) {
  Tunnel tunnel{.private_key = private_key, .port = relay.port};
  for (const RelayClient& client : relay.clients) {
    const std::vector<Prefix> own = addresses_of(client);
    tunnel.peers.try_emplace(
        client.public_key, TunnelPeer{.public_key = client.public_key, .allowed = {own.begin(), own.end()}});
  }
  return tunnel;
}

std::vector<std::string> expand_relay(Document& document, const WireguardKey& private_key,
                                      const WayOut& way) {
  if (!document.relay) return {};
  return RelayExpander(document, private_key, way).run();
}

}   // namespace sluice
