// SPDX-License-Identifier: GPL-2.0-or-later
// Networks over WireGuard; their endpoints are read in read_network_endpoints.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kWireguardKeys[] = {"ports", "subnets", "subnets6", "backend"};
constexpr std::string_view kBackends[] = {"auto", "kernel", "userspace"};

constexpr std::string_view kNetworkKeys[] = {
    "type",     "expected_users", "subnet", "subnet6",  "address",   "address6",
    "port",     "vcid",           "zone",   "vrf",      "mtu",       "key_file",
    "endpoint", "peers_may_talk", "dns",    "internet", "resources", "routes",
    "mesh",     "routing",        "vlans",  "vni",      "attach",    "endpoints"};
constexpr std::string_view kMeshes[] = {"hub", "direct"};
constexpr std::string_view kNetworkTypes[] = {"secure-internet", "remote-resource", "l3vpn",
                                              "l2-point-to-point", "l2-mesh"};
constexpr std::string_view kRoutings[] = {"static", "ospf"}, kRoutingKeys[] = {"bgp", "ospf"};
constexpr std::string_view kBgpKeys[] = {"asn"}, kOspfKeys[] = {"area"};
constexpr std::string_view kResourceKeys[] = {"to", "protocol", "ports"};

constexpr uint32_t kMostUsers = 254, kFirstVcid = 10'000'000, kLastVcid = 99'999'999;
// IPv6 asks for the least (RFC 8200 section 5). The most is a packet without what WireGuard adds to it.
constexpr uint32_t kLeastMtu = 1'280, kMostMtu = 65'455;

std::string read_zone_of(const Node& node, const Members& members, Draft& draft) {
  if (const Node* zone = members.find("zone")) return read_own_zone(*zone, draft);
  if (node.key != kHostZone) return std::string(node.key);
  draft.complaints.say_about_key(node, "\"host\" is the gateway itself, not the zone of a network",
                                 "another name, or a \"zone\"");
  return {};
}

std::string read_vrf_of(const Node& node, const Members& members, Draft& draft) {
  const Node* vrf = members.find("vrf");
  const auto name = vrf ? read_device_name(*vrf, draft.complaints) : std::optional(node.key);
  if (!name || (vrf && !check_name(*name, *vrf, false, draft.complaints))) return {};
  if (*name != kMainVrf) return std::string(*name);
  constexpr auto kReason =
      "\"main\" is the VRF of everything that names none, and a network has one of its own";
  vrf ? draft.complaints.say(*vrf, kReason, "another name")
      : draft.complaints.say_about_key(node, kReason, "another name, or a \"vrf\"");
  return {};
}

void read_sizes(const Members& members, Network& network, Complaints& complaints) {
  const auto read = [&](std::string_view key, uint32_t least, uint32_t most) {
    const Node* node = members.find(key);
    return node ? read_count(*node, least, most, complaints) : std::nullopt;
  };
  if (const auto users = read("expected_users", 1, kMostUsers))
    network.expected_users = static_cast<uint16_t>(*users);
  if (const auto port = read("port", 1, 65'535)) network.port = static_cast<uint16_t>(*port);
  network.vcid = read("vcid", kFirstVcid, kLastVcid);
  network.mtu = read("mtu", kLeastMtu, kMostMtu);
}

void read_subnets(const Members& members, Network& network, Complaints& complaints) {
  if (const Node* subnet = members.find("subnet"))
    network.subnet = read_subnet(*subnet, Family::kIpv4, complaints);
  if (const Node* subnet = members.find("subnet6"))
    network.subnet6 = read_subnet(*subnet, Family::kIpv6, complaints);
  if (const Node* address = members.find("address"))
    network.address = read_address_of(*address, Family::kIpv4, complaints);
  if (const Node* address = members.find("address6"))
    network.address6 = read_address_of(*address, Family::kIpv6, complaints);
  if (const Node* file = members.find("key_file")) network.key_file = read_key_file(*file, complaints);
}

void read_name_servers(const Node& node, Network& network, Draft& draft) {
  if (!expect_kind(node, Kind::kList, draft.complaints)) return;
  for (const Node* item : read_one_or_list(node, draft.complaints)) {
    const auto text = read_string(*item, draft.complaints);
    const auto address = text ? parse_address(*text, *item, draft.complaints) : std::nullopt;
    if (address) network.dns.push_back(*address);
  }
}

// What clients are told, and what they may do among themselves.
void read_client_side(const Members& members, Network& network, Draft& draft) {
  if (const Node* endpoint = members.find("endpoint"))
    network.endpoint = read_dialled(*endpoint, draft.complaints).value_or("");
  if (const Node* talk = members.find("peers_may_talk"))
    network.peers_may_talk = read_bool(*talk, draft.complaints).value_or(false);
  if (const Node* dns = members.find("dns")) read_name_servers(*dns, network, draft);
}

// A side of a policy: addresses alone, or with protocols and ports.
void read_resource(const Node& node, Network& network, Draft& draft) {
  Resource resource;
  if (node.kind == Kind::kObject) {
    const Members members(node, kResourceKeys, draft.complaints);
    if (const Node* to = members.require("to")) resource.to = read_match(*to, draft);
    Service service = read_service(members, draft);
    resource.protocols = std::move(service.protocols);
    resource.ports = std::move(service.ports);
  } else if (read_string(node, draft.complaints)) {
    resource.to = read_match(node, draft);
  }
  network.resources.push_back(std::move(resource));
}

void read_resources(const Node& node, Network& network, Draft& draft) {
  if (network.type == NetworkType::kSecureInternet || is_l2(network.type))
    draft.complaints.say(node,
                         fmt::format("{} {} network has no resources", is_l2(network.type) ? "an" : "a",
                                     to_string(network.type)),
                         "another type, or none of them");
  if (!expect_kind(node, Kind::kList, draft.complaints)) return;
  for (const Node* item : read_one_or_list(node, draft.complaints)) read_resource(*item, network, draft);
}

void read_internet(const Node& node, Network& network, Draft& draft) {
  if (network.type != NetworkType::kSecureInternet)
    draft.complaints.say(node, "only a secure-internet network goes out to the internet",
                         "another type, or no such key");
  network.internet = read_own_zone(node, draft);
  if (network.internet.empty()) return;
  if (network.internet == network.zone)
    draft.complaints.say(node, fmt::format("{} is the network's own zone", quote(network.internet)),
                         "the zone of an uplink");
  draft.zone_names.push_back({node.text, &node, false});
}

void read_bgp(const Node& node, NetworkRouting& routing, Complaints& complaints) {
  routing.protocol = RoutingProtocol::kBgp;
  const Members members(node, kBgpKeys, complaints);
  if (const Node* asn = members.require("asn")) routing.asn = read_asn(*asn, complaints).value_or(0);
}

void read_ospf(const Node& node, NetworkRouting& routing, Complaints& complaints) {
  routing.protocol = RoutingProtocol::kOspf;
  const Members members(node, kOspfKeys, complaints);
  if (const Node* area = members.find("area"))
    routing.area = read_count(*area, 0, UINT32_MAX, complaints).value_or(0);
}

void read_routing_protocol(const Node& node, NetworkRouting& routing, Complaints& complaints) {
  const Members members(node, kRoutingKeys, complaints);
  const Node* ospf = members.find("ospf");
  if (ospf && members.find("bgp"))
    return complaints.say(node, "a network has one routing protocol", R"("bgp" or "ospf")");
  if (ospf) return read_ospf(*ospf, routing, complaints);
  if (const Node* bgp = members.require("bgp")) read_bgp(*bgp, routing, complaints);
}

void read_routing(const Node& node, Network& network, Complaints& complaints) {
  if (network.type != NetworkType::kL3vpn)
    return complaints.say(node, "only an l3vpn network has routing among sites",
                          "another type, or no such key");
  if (node.kind == Kind::kObject) return read_routing_protocol(node, network.routing, complaints);
  if (node.text == "bgp")
    return complaints.say(node, "BGP needs the number of the gateway's autonomous system",
                          R"({ "bgp": { "asn": 65001 } })");
  const auto word = read_word(node, kRoutings, complaints);
  if (word && kRoutings[*word] == "ospf") network.routing.protocol = RoutingProtocol::kOspf;
}

void read_own_routes(const Node& node, Network& network, Complaints& complaints) {
  for (const Node* item : read_list(node, complaints))
    if (const auto prefix = read_prefix(*item, complaints)) network.routes.push_back(*prefix);
}

void read_mesh(const Node& node, Network& network, Complaints& complaints) {
  const auto word = read_word(node, kMeshes, complaints);
  network.is_direct = word && kMeshes[*word] == "direct";
}

// What only an l3vpn network has.
void read_sites(const Members& members, Network& network, Complaints& complaints) {
  if (network.type != NetworkType::kL3vpn) {
    for (const char* key : {"routes", "mesh"})
      if (const Node* node = members.find(key))
        complaints.say(*node, "only an l3vpn network has sites", "another type, or no such key");
    return;
  }
  if (const Node* routes = members.find("routes")) read_own_routes(*routes, network, complaints);
  if (const Node* mesh = members.find("mesh")) read_mesh(*mesh, network, complaints);
  if (const Node* talk = members.find("peers_may_talk"))
    complaints.say(*talk, "sites of an l3vpn network always reach each other", "no such key");
}

// Of a type that is not known nothing is said about the keys of others.
void read_what_type_asks(const Members& members, Network& network, Draft& draft) {
  const Node* node = members.require("type");
  const auto type = node ? read_word(*node, kNetworkTypes, draft.complaints) : std::nullopt;
  if (!type) return;
  network.type = static_cast<NetworkType>(*type);
  const bool asked = network.type == NetworkType::kRemoteResource;
  const Node* resources = asked ? members.require("resources") : members.find("resources");
  if (resources) read_resources(*resources, network, draft);
  if (const Node* internet = members.find("internet")) read_internet(*internet, network, draft);
  if (const Node* routing = members.find("routing")) read_routing(*routing, network, draft.complaints);
  read_sites(members, network, draft.complaints);
  is_l2(network.type) ? read_network_frames(members, network, draft)
                      : check_no_frames(members, draft.complaints);
}

void read_network(const Node& node, Draft& draft) {
  const bool good_name =
      check_name(node.key, node, true, draft.complaints) && check_device_name(node, draft.complaints);
  const Members members(node, kNetworkKeys, draft.complaints);
  Network network;
  network.name = node.key;
  network.zone = read_zone_of(node, members, draft);
  network.vrf = read_vrf_of(node, members, draft);
  read_sizes(members, network, draft.complaints);
  read_subnets(members, network, draft.complaints);
  read_client_side(members, network, draft);
  read_what_type_asks(members, network, draft);
  if (const Node* endpoints = members.find("endpoints"))
    network.endpoints = read_network_endpoints(*endpoints, draft);
  network.line = draft.complaints.line_of(node);
  if (good_name) draft.networks.push_back({std::move(network), &node});
}

}   // namespace

void read_wireguard(const Node& node, Draft& draft) {
  const Members members(node, kWireguardKeys, draft.complaints);
  WireguardSettings& wireguard = draft.wireguard;
  if (const Node* ports = members.find("ports"))
    wireguard.ports = read_port_range(*ports, draft.complaints).value_or(wireguard.ports);
  if (const Node* subnets = members.find("subnets"))
    wireguard.subnets = read_subnet(*subnets, Family::kIpv4, draft.complaints).value_or(wireguard.subnets);
  if (const Node* subnets = members.find("subnets6"))
    wireguard.subnets6 = read_subnet(*subnets, Family::kIpv6, draft.complaints).value_or(wireguard.subnets6);
  if (const Node* backend = members.find("backend"))
    if (const auto word = read_word(*backend, kBackends, draft.complaints))
      wireguard.backend = static_cast<WireguardBackend>(*word);
  wireguard.line = draft.complaints.line_of(node);
}

void read_networks(const Node& node, Draft& draft) {
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return;
  for (const Node& member : node.children()) read_network(member, draft);
}

}   // namespace sluice::config
