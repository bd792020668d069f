// SPDX-License-Identifier: GPL-2.0-or-later
// The cluster that the gateway is a node of.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/complaints.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kClusterKeys[] = {"name", "node", "store", "nodes"};
constexpr std::string_view kStoreKeys[] = {"etcd", "ca_file", "cert_file", "key_file"};
constexpr std::string_view kNodeKeys[] = {"interfaces"};

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

// Each of the machine's devices once: the names could not be told apart on the way back.
NodeDevices read_node_devices(const Node& node, Draft& draft) {
  NodeDevices devices;
  std::set<std::string_view> taken;
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return devices;
  for (const Node& member : node.children()) {
    const bool is_device = check_device_name(member, draft.complaints);
    const auto device = read_device_name(member, draft.complaints);
    if (!is_device || !device) continue;
    if (!taken.insert(*device).second)
      draft.complaints.say(member, fmt::format("device {} is another interface already", quote(*device)));
    devices.emplace(member.key, *device);
  }
  return devices;
}

void read_cluster_nodes(const Node& node, Cluster& cluster, Draft& draft) {
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return;
  limit_count(node, node.count, kMostClusterNodes, "nodes", draft.complaints);
  for (const Node& member : node.children()) {
    check_name(member.key, member, true, draft.complaints);
    const Members members(member, kNodeKeys, draft.complaints);
    NodeDevices& devices = cluster.nodes[std::string(member.key)];
    if (const Node* interfaces = members.find("interfaces")) devices = read_node_devices(*interfaces, draft);
  }
}

}   // namespace

void read_cluster(const Node& node, Draft& draft) {
  const Members members(node, kClusterKeys, draft.complaints);
  Cluster cluster;
  if (const Node* name = members.require("name")) cluster.name = read_cluster_name(*name, draft);
  if (const Node* own = members.require("node")) cluster.node = read_cluster_name(*own, draft);
  if (const Node* store = members.require("store")) cluster.store = read_store(*store, draft);
  if (const Node* nodes = members.find("nodes")) read_cluster_nodes(*nodes, cluster, draft);
  cluster.line = draft.complaints.line_of(node);
  draft.cluster = std::move(cluster);
}

}   // namespace sluice::config
