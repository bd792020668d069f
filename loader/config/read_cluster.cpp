// SPDX-License-Identifier: GPL-2.0-or-later
// The cluster that the gateway is a node of.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kClusterKeys[] = {"name", "node", "store", "role", "addresses", "nodes", "sync"};
constexpr std::string_view kStoreKeys[] = {"etcd", "ca_file", "cert_file", "key_file"};
constexpr std::string_view kAddressesKeys[] = {"by", "interface", "id", "unicast", "asn", "neighbors"};
constexpr std::string_view kNeighbourKeys[] = {"address", "asn", "announce"};
constexpr std::string_view kSyncKeys[] = {"interface", "peers", "port", "key_file"};
constexpr std::string_view kNodeKeys[] = {"interfaces"};
constexpr std::string_view kNodeInterfaceKeys[] = {"device", "addresses"};
constexpr std::string_view kRoles[] = {"active-standby", "active-active"};
constexpr size_t kActiveActive = 1;   // of these
constexpr std::string_view kMovers[] = {"vrrp", "bgp"};
constexpr uint32_t kMostRouters = 255;   // RFC 5798 section 5.2.3
constexpr uint8_t kUsualRouter = 1;      // where nodes hear nobody but each other

std::string read_cluster_name(const Node& node, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  if (!text || !check_name(*text, node, false, draft.complaints)) return {};
  return std::string(*text);
}

void read_store_place(const Node& node, ClusterStore& store, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  if (!text) return;
  auto url = parse_https_url(*text);
  if (!url || url->target != "/")
    return draft.complaints.say(node, fmt::format("{} is not where etcd can be asked by TLS", quote(*text)),
                                R"(such as "https://etcd1.example.org:2379")");
  if (std::ranges::count(store.etcd, *url))
    return draft.complaints.say(node, fmt::format("{} is said twice", quote(*text)));
  store.etcd.push_back(std::move(*url));
}

void read_store_places(const Node& node, ClusterStore& store, Draft& draft) {
  const Items items = read_list(node, draft.complaints);
  if (node.kind == Kind::kList && (items.size() == 0 || items.size() > kMostStorePlaces))
    return draft.complaints.say(node, fmt::format("{} places", items.size()),
                                fmt::format("1 to {} of them", kMostStorePlaces));
  for (const Node* item : items) read_store_place(*item, store, draft);
}

ClusterStore read_store(const Node& node, Draft& draft) {
  const Members members(node, kStoreKeys, draft.complaints);
  ClusterStore store;
  if (const Node* etcd = members.require("etcd")) read_store_places(*etcd, store, draft);
  for (const auto& [key, file] :
       {std::pair{"ca_file", &store.ca_file}, {"cert_file", &store.cert_file}, {"key_file", &store.key_file}})
    if (const Node* name = members.find(key)) *file = read_key_file(*name, draft.complaints);
  if (node.kind == Kind::kObject && store.cert_file.empty() != store.key_file.empty())
    draft.complaints.say(node, "a certificate and its key go together", "\"cert_file\" and \"key_file\"");
  return store;
}

NodeInterface read_node_interface(const Node& node, Draft& draft) {
  NodeInterface interface {
    std::string(node.key), {}
  };
  if (node.kind != Kind::kObject) {
    if (const auto device = read_device_name(node, draft.complaints)) interface.device = *device;
    return interface;
  }
  const Members members(node, kNodeInterfaceKeys, draft.complaints);
  if (const Node* name = members.find("device"))
    if (const auto device = read_device_name(*name, draft.complaints)) interface.device = *device;
  if (const Node* list = members.find("addresses"))
    for (const Node* item : read_list(*list, draft.complaints))
      if (const auto address = read_interface_address(*item, draft.complaints))
        interface.addresses.push_back(*address);
  return interface;
}

// Each of the machine's devices once: the names could not be told apart on the way back.
NodeInterfaces read_node_interfaces(const Node& node, Draft& draft) {
  NodeInterfaces interfaces;
  std::set<std::string> taken;
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return interfaces;
  for (const Node& member : node.children()) {
    if (!check_device_name(member, draft.complaints)) continue;
    NodeInterface interface = read_node_interface(member, draft);
    if (!taken.insert(interface.device).second)
      draft.complaints.say(member,
                           fmt::format("device {} is another interface already", quote(interface.device)));
    interfaces.emplace(member.key, std::move(interface));
  }
  return interfaces;
}

void read_announced(const Node& node, ClusterNeighbour& neighbour, Draft& draft) {
  const Items items = read_list(node, draft.complaints);
  limit_count(node, items.size(), kMostAnnounced, "prefixes", draft.complaints);
  for (const Node* item : items) {
    const auto prefix = read_prefix(*item, draft.complaints);
    if (!prefix) continue;
    if (prefix->address.family() != neighbour.address.family())
      draft.complaints.say(
          *item, fmt::format("{} is told of its own family alone", quote(neighbour.address.to_string())),
          "another neighbor, by an address of that family");
    else if (std::ranges::count(neighbour.announce, *prefix))
      draft.complaints.say(*item, fmt::format("{} is said twice", prefix->to_string()));
    else
      neighbour.announce.push_back(*prefix);
  }
}

void read_neighbour(const Node& node, MovingAddresses& moving, Draft& draft) {
  const Members members(node, kNeighbourKeys, draft.complaints);
  ClusterNeighbour neighbour;
  bool known = false;
  if (const Node* place = members.require("address")) {
    const auto text = read_string(*place, draft.complaints);
    const auto address = text ? parse_address(*text, *place, draft.complaints) : std::nullopt;
    if (address && read_address_of(*place, address->family(), draft.complaints)) {
      known = !std::ranges::count(moving.neighbours, *address, &ClusterNeighbour::address);
      if (!known) draft.complaints.say(*place, fmt::format("{} is said twice", quote(*text)));
      neighbour.address = *address;
    }
  }
  if (const Node* asn = members.require("asn")) neighbour.asn = read_asn(*asn, draft.complaints).value_or(0);
  if (!known) return;
  if (const Node* announce = members.find("announce")) read_announced(*announce, neighbour, draft);
  moving.neighbours.push_back(std::move(neighbour));
}

void read_neighbours(const Node& node, MovingAddresses& moving, Draft& draft) {
  const Items items = read_list(node, draft.complaints);
  if (node.kind == Kind::kList && (items.size() == 0 || items.size() > kMostClusterNeighbours))
    return draft.complaints.say(node, fmt::format("{} neighbors", items.size()),
                                fmt::format("1 to {} of them", kMostClusterNeighbours));
  for (const Node* item : items) read_neighbour(*item, moving, draft);
}

// Routers find the active node by what they are told, and nodes each other where they send their state.
void read_routers(const Members& members, MovingAddresses& moving, Draft& draft) {
  if (const Node* asn = members.require("asn")) moving.asn = read_asn(*asn, draft.complaints).value_or(0);
  if (const Node* list = members.require("neighbors")) read_neighbours(*list, moving, draft);
  if (const Node* unicast = members.find("unicast"))
    draft.complaints.say(*unicast, "nodes speak by addresses of their own anyway", "no such key");
  moving.unicast = true;
}

void read_wire(const Members& members, MovingAddresses& moving, Draft& draft) {
  for (const char* key : {"asn", "neighbors"})
    if (const Node* other = members.find(key))
      draft.complaints.say(*other, "no router is told of these addresses", R"("by": "bgp")");
  if (const Node* unicast = members.find("unicast"))
    moving.unicast = read_bool(*unicast, draft.complaints).value_or(false);
}

MovingAddresses read_moving(const Node& node, Draft& draft) {
  const Members members(node, kAddressesKeys, draft.complaints);
  MovingAddresses moving;
  const Node* by = members.require("by");
  const auto word = by ? read_word(*by, kMovers, draft.complaints) : std::nullopt;
  const bool to_routers = word && kMovers[*word] == "bgp";
  const auto find = [&](const char* key) { return to_routers ? members.find(key) : members.require(key); };
  if (const Node* name = find("interface"))
    if (const auto device = read_device_name(*name, draft.complaints)) moving.interface = *device;
  if (to_routers) moving.id = kUsualRouter;
  if (const Node* number = find("id"))
    if (const auto id = read_count(*number, 1, kMostRouters, draft.complaints))
      moving.id = static_cast<uint8_t>(*id);
  if (to_routers)
    read_routers(members, moving, draft);
  else
    read_wire(members, moving, draft);
  return moving;
}

void read_sync_peer(const Node& node, StateSync& sync, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  const auto address = text ? parse_address(*text, node, draft.complaints) : std::nullopt;
  // Any family will do here; what is left to refuse is what no node can have.
  if (!address || !read_address_of(node, address->family(), draft.complaints)) return;
  if (std::ranges::count(sync.peers, *address))
    return draft.complaints.say(node, fmt::format("{} is said twice", quote(*text)));
  if (!sync.peers.empty() && sync.peers.front().family() != address->family())
    return draft.complaints.say(
        node, fmt::format("{} and {} are of two families", quote(*text), sync.peers.front().to_string()),
        "addresses of one family");
  sync.peers.push_back(*address);
}

void read_sync_peers(const Node& node, StateSync& sync, Draft& draft) {
  const Items items = read_list(node, draft.complaints);
  if (node.kind == Kind::kList && (items.size() == 0 || items.size() > kMostSyncPeers))
    return draft.complaints.say(node, fmt::format("{} peers", items.size()),
                                fmt::format("1 to {} of them", kMostSyncPeers));
  for (const Node* item : items) read_sync_peer(*item, sync, draft);
}

StateSync read_sync(const Node& node, Draft& draft) {
  const Members members(node, kSyncKeys, draft.complaints);
  StateSync sync;
  if (const Node* name = members.require("interface"))
    if (const auto device = read_device_name(*name, draft.complaints)) sync.interface = *device;
  if (const Node* peers = members.find("peers")) read_sync_peers(*peers, sync, draft);
  if (const Node* port = members.find("port"))
    sync.port = static_cast<uint16_t>(read_count(*port, 1, 65535, draft.complaints).value_or(kSyncPort));
  if (const Node* file = members.require("key_file")) sync.key_file = read_key_file(*file, draft.complaints);
  return sync;
}

void read_cluster_nodes(const Node& node, Cluster& cluster, Draft& draft) {
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return;
  limit_count(node, node.count, kMostClusterNodes, "nodes", draft.complaints);
  for (const Node& member : node.children()) {
    check_name(member.key, member, true, draft.complaints);
    const Members members(member, kNodeKeys, draft.complaints);
    NodeInterfaces& own = cluster.nodes[std::string(member.key)];
    if (const Node* interfaces = members.find("interfaces")) own = read_node_interfaces(*interfaces, draft);
  }
}

}   // namespace

void read_cluster(const Node& node, Draft& draft) {
  const Members members(node, kClusterKeys, draft.complaints);
  Cluster cluster;
  if (const Node* name = members.require("name")) cluster.name = read_cluster_name(*name, draft);
  if (const Node* own = members.require("node")) cluster.node = read_cluster_name(*own, draft);
  if (const Node* store = members.require("store")) cluster.store = read_store(*store, draft);
  if (const Node* role = members.find("role"))
    cluster.all_carry = read_word(*role, kRoles, draft.complaints) == kActiveActive;
  if (const Node* moving = members.find("addresses")) cluster.addresses = read_moving(*moving, draft);
  if (const Node* nodes = members.find("nodes")) read_cluster_nodes(*nodes, cluster, draft);
  if (const Node* sync = members.find("sync")) cluster.sync = read_sync(*sync, draft);
  cluster.line = draft.complaints.line_of(node);
  draft.cluster = {std::move(cluster), &node};
}

}   // namespace sluice::config
