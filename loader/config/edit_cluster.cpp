// SPDX-License-Identifier: GPL-2.0-or-later
// A node's own text is the shared one with its own name and devices. One can be had from the other, byte for
// byte: nodes compare what they have by it.
#include <fmt/format.h>

#include <map>

#include "config/cluster_names.hpp"
#include "config/config.hpp"
#include "config/edit.hpp"
#include "config/parse.hpp"

namespace sluice {
namespace config {
namespace {

constexpr std::string_view kNobody = "any";   // the node of a shared text

const Node* cluster_in(const Tree& tree) {
  return tree.root().kind == Kind::kObject ? tree.root().member("cluster") : nullptr;
}

DeviceMap devices_of(const Node& cluster, std::string_view node) {
  DeviceMap devices;
  const Node* nodes = cluster.member("nodes");
  const Node* own = nodes ? nodes->member(node) : nullptr;
  const Node* interfaces = own ? own->member("interfaces") : nullptr;
  if (!interfaces) return devices;
  for (const Node& one : interfaces->children()) {
    const Node* device = one.kind == Kind::kObject ? one.member("device") : &one;
    if (device) devices.emplace(one.key, device->text);
  }
  return devices;
}

}   // namespace
}   // namespace config

Result<std::optional<std::string>> cluster_named_in(std::string_view text, std::string_view file_name) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* cluster = config::cluster_in(tree);
  const config::Node* name = cluster ? cluster->member("name") : nullptr;
  return name ? std::optional(std::string(name->text)) : std::nullopt;
}

Result<std::string> put_cluster(std::string_view text, std::string_view file_name, std::string_view json) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  if (const config::Node* there = config::cluster_in(tree)) return config::replace_value(text, *there, json);
  return config::insert_last(text, tree.root(), fmt::format("\"cluster\": {}", json));
}

Result<std::string> remove_cluster(std::string_view text, std::string_view file_name) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* there = config::cluster_in(tree);
  return there ? config::remove_item(text, *there) : std::string(text);
}

Result<std::string> as_shared(std::string_view text, std::string_view file_name) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* cluster = config::cluster_in(tree);
  const config::Node* node = cluster ? cluster->member("node") : nullptr;
  if (!node) return std::string(text);
  const auto names =
      config::to_shared_names(config::devices_of(*cluster, node->text), TRY(devices_in(text, file_name)));
  const std::string shared = config::replace_value(text, *node, config::json_string(config::kNobody));
  return rename_devices(shared, file_name, names);
}

namespace {

Result<std::string> shared_as_node(std::string_view text, std::string_view file_name, std::string_view name) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node& cluster = *config::cluster_in(tree);
  const std::string own = config::replace_value(text, *cluster.member("node"), config::json_string(name));
  return rename_devices(own, file_name, config::devices_of(cluster, name));
}

}   // namespace

Result<std::string> as_node(std::string_view text, std::string_view file_name, std::string_view name) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* cluster = config::cluster_in(tree);
  const config::Node* node = cluster ? cluster->member("node") : nullptr;
  if (!node) return std::string(text);
  if (name.empty()) name = node->text;
  return shared_as_node(TRY(as_shared(text, file_name)), file_name, name);
}

}   // namespace sluice
