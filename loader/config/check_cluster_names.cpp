// SPDX-License-Identifier: GPL-2.0-or-later
// Interfaces of the document are as many devices at each node of its cluster.
#include <fmt/format.h>

#include "config/check.hpp"
#include "config/cluster_names.hpp"
#include "config/complaints.hpp"

namespace sluice::config {
namespace {

std::set<std::string> shared_names_of(const Draft& draft) {
  const Cluster& cluster = draft.cluster->value;
  DeviceMap devices;
  if (const auto here = cluster.nodes.find(cluster.node); here != cluster.nodes.end())
    for (const auto& [shared, own] : here->second) devices.emplace(shared, own.device);
  std::set<std::string> called, names;
  for (const auto& [interface, node] : draft.interfaces) called.insert(interface.name);
  const DeviceMap back = to_shared_names(devices, called);
  for (const std::string& name : called) {
    const auto at = back.find(name);
    names.insert(at == back.end() ? name : at->second);
  }
  return names;
}

// What a node calls otherwise may have the name of another interface where that is called otherwise as well.
void check_node(const Node& listed, const NodeInterfaces& devices, const std::set<std::string>& names,
                Complaints& complaints) {
  for (const Node& one : listed.children()) {
    const auto own = devices.find(one.key);
    if (own == devices.end() || own->second.device == one.key) continue;
    const std::string& device = own->second.device;
    if (names.contains(device) && !devices.contains(device))
      complaints.say(one, fmt::format("{} is another interface of the document at this node", quote(device)),
                     fmt::format("another device here, or for {} too", quote(device)));
  }
}

}   // namespace

void check_cluster_names(Draft& draft) {
  if (!draft.cluster || draft.cluster->node->kind != Kind::kObject) return;
  const Node* nodes = draft.cluster->node->member("nodes");
  if (!nodes || nodes->kind != Kind::kObject) return;
  const auto names = shared_names_of(draft);
  for (const Node& node : nodes->children()) {
    const Node* listed = node.kind == Kind::kObject ? node.member("interfaces") : nullptr;
    const auto known = draft.cluster->value.nodes.find(node.key);
    if (listed && listed->kind == Kind::kObject && known != draft.cluster->value.nodes.end())
      check_node(*listed, known->second, names, draft.complaints);
  }
}

}   // namespace sluice::config
