// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/owner_values.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "config/parse.hpp"
#include "config/schemas.hpp"

namespace sluice {
namespace config {
namespace {

// As the schema calls them, so that a key that is new there is found here too.
constexpr std::string_view kOwners[] = {"key_file", "provider_url", "etcd_member"};

const Node& without_index(const Node& node) {
  return node.parent && node.parent->kind == Kind::kList ? without_index(*node.parent) : node;
}

// "front/certificates/key": no part of a list has a number, and no name of the document means another place.
std::string place_of(const Node& node) {
  if (!node.parent) return "";
  return place_of(*node.parent) + (node.is_member() ? "/" + std::string(node.key) : "/");
}

// Values with their places, and the first path of each.
using OwnerValues = std::map<std::pair<std::string, std::string>, std::string>;

OwnerValues owner_values(std::string_view text) {
  OwnerValues found;
  const auto tree = parse_or_fail(text, "");
  if (!tree) return found;
  const auto collect = [&](const Node& node, const Schemas& schemas) {
    const auto says = [&](std::string_view definition) { return is_called(schemas, definition); };
    if (node.kind == Kind::kString && std::ranges::any_of(kOwners, says))
      found.try_emplace({place_of(node), std::string(node.text)}, path_of(without_index(node)));
  };
  for_each_value(tree->root(), schemas_of_documents(), collect);
  return found;
}

}   // namespace
}   // namespace config

std::optional<std::string> new_owner_value(std::string_view text, std::string_view before) {
  const auto known = config::owner_values(before);
  for (const auto& [value, path] : config::owner_values(text))
    if (!known.contains(value)) return path;
  return std::nullopt;
}

}   // namespace sluice
