// SPDX-License-Identifier: GPL-2.0-or-later
// The relay, and the gateways that are reached through it.
#include <fmt/format.h>

#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"
#include "model/quota.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kRelayKeys[] = {"interface", "addresses", "ports", "port",  "tcp",
                                           "subnet",    "subnet6",   "rate",  "quota", "clients"};
constexpr std::string_view kRelayClientKeys[] = {"public_key", "rate",    "quota",   "to_port",
                                                 "port",       "address", "address6"};

std::optional<uint16_t> read_port(const Node& node, Complaints& complaints) {
  const auto port = read_count(node, 1, 65'535, complaints);
  return port ? std::optional(static_cast<uint16_t>(*port)) : std::nullopt;
}

std::optional<uint64_t> read_bits(const Node& node, Complaints& complaints) {
  const auto rate = read_rate(node, false, complaints);
  return rate ? std::optional(rate->amount) : std::nullopt;
}

std::optional<uint64_t> read_quota(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  const auto quota = text ? parse_quota(*text) : std::nullopt;
  if (text && !quota)
    complaints.say(
        node, fmt::format("{} is not a quota", quote(*text)),
        R"(a whole number with its unit B, kB, MB, GB or TB in a month, such as "100GB/month", or "unlimited")");
  return quota;
}

RelayClient read_relay_client(const Node& node, Complaints& complaints) {
  check_name(node.key, node, true, complaints);
  const Members members(node, kRelayClientKeys, complaints);
  RelayClient client;
  client.name = node.key;
  if (const Node* key = members.require("public_key"))
    client.public_key = read_public_key(*key, complaints).value_or(WireguardKey{});
  if (const Node* rate = members.find("rate")) client.rate = read_bits(*rate, complaints);
  if (const Node* quota = members.find("quota")) client.quota = read_quota(*quota, complaints);
  if (const Node* port = members.find("to_port"))
    client.to_port = read_port(*port, complaints).value_or(client.to_port);
  if (const Node* port = members.find("port")) client.port = read_port(*port, complaints);
  if (const Node* address = members.find("address"))
    client.address = read_address_of(*address, Family::kIpv4, complaints);
  if (const Node* address = members.find("address6"))
    client.address6 = read_address_of(*address, Family::kIpv6, complaints);
  client.line = complaints.line_of(node);
  return client;
}

std::vector<RelayClient> read_relay_clients(const Node& node, Complaints& complaints) {
  std::vector<RelayClient> clients;
  if (!expect_kind(node, Kind::kObject, complaints)) return clients;
  limit_count(node, node.count, kMostRelayClients, "clients", complaints);
  clients.reserve(node.count);
  for (const Node& member : node.children()) clients.push_back(read_relay_client(member, complaints));
  return clients;
}

std::vector<IpAddress> read_own_addresses(const Node& node, Complaints& complaints) {
  std::vector<IpAddress> addresses;
  for (const Node* item : read_one_or_list(node, complaints)) {
    const auto text = read_string(*item, complaints);
    if (const auto address = text ? parse_address(*text, *item, complaints) : std::nullopt)
      addresses.push_back(*address);
  }
  return addresses;
}

void read_relay_tunnel(const Members& members, Relay& relay, Complaints& complaints) {
  if (const Node* port = members.find("port")) relay.port = read_port(*port, complaints).value_or(relay.port);
  if (const Node* port = members.find("tcp")) relay.tcp = read_port(*port, complaints);
  if (const Node* subnet = members.find("subnet"))
    relay.subnet = read_subnet(*subnet, Family::kIpv4, complaints).value_or(relay.subnet);
  if (const Node* subnet = members.find("subnet6"))
    relay.subnet6 = read_subnet(*subnet, Family::kIpv6, complaints).value_or(relay.subnet6);
}

}   // namespace

void read_relay(const Node& node, Draft& draft) {
  Complaints& complaints = draft.complaints;
  const Members members(node, kRelayKeys, complaints);
  Relay relay;
  if (const Node* interface = members.find("interface"))
    if (const auto name = read_device_name(*interface, complaints)) {
      draft.interface_names.push_back({*name, interface});
      relay.interface = *name;
    }
  if (const Node* addresses = members.find("addresses"))
    relay.addresses = read_own_addresses(*addresses, complaints);
  if (const Node* ports = members.find("ports"))
    relay.ports = read_port_range(*ports, complaints).value_or(relay.ports);
  read_relay_tunnel(members, relay, complaints);
  if (const Node* rate = members.find("rate")) relay.rate = read_bits(*rate, complaints).value_or(relay.rate);
  if (const Node* quota = members.find("quota"))
    relay.quota = read_quota(*quota, complaints).value_or(relay.quota);
  if (const Node* clients = members.find("clients")) relay.clients = read_relay_clients(*clients, complaints);
  relay.line = complaints.line_of(node);
  draft.relay = Placed<Relay>{std::move(relay), &node};
}

}   // namespace sluice::config
