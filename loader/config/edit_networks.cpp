// SPDX-License-Identifier: GPL-2.0-or-later
// Networks and endpoints are members of objects, by their names: "networks" and, in each, "endpoints".
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/config.hpp"
#include "config/edit.hpp"
#include "config/parse.hpp"
#include "config/values.hpp"

namespace sluice {
namespace config {
namespace {

using nlohmann::json;

json value_of(std::string_view text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false, /*ignore_comments=*/true);
}

json value_of(const Node& node, std::string_view text) {
  return value_of(text.substr(node.begin, node.end - node.begin));
}

Result<> expect_json(std::string_view key, std::string_view value) {
  if (!value_of(value).is_discarded()) return {};
  return fail(fmt::format("the value of {} is not JSON: {}", quote(key), quote(value)), ErrorKind::kUsage);
}

// The object with these members in their order.
Result<std::string> spell_object(const KeyedValues& members) {
  std::vector<std::string> items;
  for (const auto& [key, value] : members) {
    TRY(expect_json(key, value));
    items.push_back(fmt::format("{}: {}", json_string(key), value));
  }
  return fmt::format("{{ {} }}", join(items, ", "));
}

Result<std::string> spell_network(const NetworkEdit& network) {
  KeyedValues members{{"type", json_string(network.type)}};
  if (network.expected_users != 0)
    members.emplace_back("expected_users", std::to_string(network.expected_users));
  members.insert(members.end(), network.values.begin(), network.values.end());
  return spell_object(members);
}

Result<std::string> spell_endpoint(const EndpointEdit& endpoint) {
  KeyedValues members{{"type", json_string(endpoint.type)}};
  members.insert(members.end(), endpoint.values.begin(), endpoint.values.end());
  return spell_object(members);
}

// With what a network has where it says nothing, so that the same meaning is equal.
json with_defaults(json network) {
  if (network.is_object()) network.emplace("expected_users", Network{}.expected_users);
  return network;
}

bool is_same_network(const Node& there, std::string_view text, std::string_view spelled) {
  json old = with_defaults(value_of(there, text));
  const json wanted = with_defaults(value_of(spelled));
  if (old.is_object() && !wanted.contains("endpoints")) old.erase("endpoints");
  return old == wanted;
}

Result<> expect_object(const Node* node, std::string_view path, std::string_view file_name) {
  if (!node || node->kind == Kind::kObject) return {};
  return fail(fmt::format("{}: \"{}\" is not an object", file_name, path), ErrorKind::kInvalidDocument);
}

// The object of all networks; nullptr: there is none yet.
Result<const Node*> networks_in(const Tree& tree, std::string_view file_name) {
  if (tree.root().kind != Kind::kObject)
    return fail(fmt::format("{}: the document is not an object", file_name), ErrorKind::kInvalidDocument);
  const Node* networks = tree.root().member("networks");
  TRY(expect_object(networks, "networks", file_name));
  return networks;
}

std::vector<std::string> keys_of(const Node* object) {
  std::vector<std::string> keys;
  if (!object) return keys;
  for (const Node& member : object->children()) keys.emplace_back(member.key);
  return keys;
}

// The member of this name, or kUsage with those that were meant.
Result<const Node*> find_named(const Node* object, std::string_view kind, std::string_view name,
                               std::string_view where) {
  if (const Node* there = object ? object->member(name) : nullptr) return there;
  const auto hint = suggest(name, keys_of(object), fmt::format("{}s", kind));
  return fail(
      fmt::format("no {} {} in {}{}", kind, quote(name), where, hint.empty() ? "" : " (" + hint + ")"),
      ErrorKind::kUsage);
}

Result<const Node*> network_in(const Tree& tree, std::string_view file_name, std::string_view name) {
  const Node* networks = TRY(networks_in(tree, file_name));
  const Node* network = TRY(find_named(networks, "network", name, file_name));
  TRY(expect_object(network, fmt::format("networks.{}", name), file_name));
  TRY(expect_object(network->member("endpoints"), fmt::format("networks.{}.endpoints", name), file_name));
  return network;
}

Result<const Node*> endpoint_in(const Tree& tree, std::string_view file_name, std::string_view network,
                                std::string_view name) {
  const Node* there = TRY(network_in(tree, file_name, network));
  const auto where = fmt::format("network {} of {}", quote(network), file_name);
  const Node* endpoint = TRY(find_named(there->member("endpoints"), "endpoint", name, where));
  TRY(expect_object(endpoint, fmt::format("networks.{}.endpoints.{}", network, name), file_name));
  return endpoint;
}

// Into the member `key` of `parent`, which is made where it is missing.
std::string insert_member(std::string_view text, const Node& parent, std::string_view key,
                          std::string_view item) {
  if (const Node* object = parent.member(key)) return insert_last(text, *object, item);
  return insert_last(text, parent, fmt::format("\"{}\": {{ {} }}", key, item));
}

std::unexpected<Error> already_there(std::string_view kind, const Node& there, std::string_view text,
                                     std::string_view file_name) {
  return fail(fmt::format("{} {} is already on line {} of {} with other content (remove it first)", kind,
                          quote(there.key), Lines(text).line_of(there.start()), file_name));
}

std::unexpected<Error> on_line(int line, Error error) {
  return line ? while_doing(fmt::format("line {}", line), std::move(error))
              : std::unexpected(std::move(error));
}

// What has to be put among `endpoints`, which may be null; nullopt: the same is there.
Result<std::optional<std::string>> missing_item(const Node* endpoints, std::string_view text,
                                                std::string_view file_name, const EndpointEdit& endpoint) {
  const std::string spelled = TRY(spell_endpoint(endpoint));
  const Node* there = endpoints ? endpoints->member(endpoint.name) : nullptr;
  if (!there) return fmt::format("{}: {}", json_string(endpoint.name), spelled);
  if (value_of(*there, text) == value_of(spelled)) return std::nullopt;
  return on_line(endpoint.line, already_there("endpoint", *there, text, file_name).error());
}

std::string put_value(std::string_view text, const Node& object, std::string_view key,
                      std::string_view value) {
  const Node* there = object.member(key);
  if (!there) return insert_last(text, object, fmt::format("{}: {}", json_string(key), value));
  return value_of(*there, text) == value_of(value) ? std::string(text) : replace_value(text, *there, value);
}

}   // namespace
}   // namespace config

Result<std::string> add_network(std::string_view text, std::string_view file_name,
                                const NetworkEdit& network) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* networks = TRY(config::networks_in(tree, file_name));
  const std::string spelled = TRY(config::spell_network(network));
  const config::Node* there = networks ? networks->member(network.name) : nullptr;
  if (!there)
    return config::insert_member(text, tree.root(), "networks",
                                 fmt::format("{}: {}", config::json_string(network.name), spelled));
  if (config::is_same_network(*there, text, spelled)) return std::string(text);
  return config::already_there("network", *there, text, file_name);
}

Result<std::string> remove_network(std::string_view text, std::string_view file_name, std::string_view name) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* networks = TRY(config::networks_in(tree, file_name));
  const config::Node* there = TRY(config::find_named(networks, "network", name, file_name));
  return config::remove_item(text, *there);
}

Result<std::string> add_endpoint(std::string_view text, std::string_view file_name,
                                 const EndpointEdit& endpoint) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* network = TRY(config::network_in(tree, file_name, endpoint.network));
  const auto item = TRY(config::missing_item(network->member("endpoints"), text, file_name, endpoint));
  return item ? config::insert_member(text, *network, "endpoints", *item) : std::string(text);
}

Result<std::string> add_endpoints(std::string_view text, std::string_view file_name, std::string_view network,
                                  const std::vector<EndpointEdit>& endpoints) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* there = TRY(config::network_in(tree, file_name, network));
  const config::Node* object = there->member("endpoints");
  // An object that is made here is filled as one that was there: a line for each.
  if (!object && !endpoints.empty())
    return add_endpoints(config::insert_last(text, *there, "\"endpoints\": {}"), file_name, network,
                         endpoints);
  std::vector<std::string> items;
  for (const EndpointEdit& endpoint : endpoints)
    if (auto item = TRY(config::missing_item(object, text, file_name, endpoint)))
      items.push_back(std::move(*item));
  return items.empty() ? std::string(text) : config::insert_last(text, *object, items);
}

Result<std::string> remove_endpoint(std::string_view text, std::string_view file_name,
                                    std::string_view network, std::string_view name) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* there = TRY(config::endpoint_in(tree, file_name, network, name));
  return config::remove_item(text, *there);
}

Result<std::string> set_endpoint_value(std::string_view text, std::string_view file_name,
                                       std::string_view network, std::string_view name, std::string_view key,
                                       const std::optional<std::string>& json) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* endpoint = TRY(config::endpoint_in(tree, file_name, network, name));
  if (json) {
    TRY(config::expect_json(key, *json));
    return config::put_value(text, *endpoint, key, *json);
  }
  const config::Node* there = endpoint->member(key);
  return there ? config::remove_item(text, *there) : std::string(text);
}

}   // namespace sluice
