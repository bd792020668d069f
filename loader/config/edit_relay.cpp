// SPDX-License-Identifier: GPL-2.0-or-later
// Clients of the relay are members of its object "clients".
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

nlohmann::json value_of_client(std::string_view text) {
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false, /*ignore_comments=*/true);
}

Result<std::string> spell_client(const RelayClientEdit& client) {
  std::vector<std::string> items;
  for (const auto& [key, value] : client.values) {
    if (value_of_client(value).is_discarded())
      return fail(fmt::format("the value of {} is not JSON: {}", quote(key), quote(value)),
                  ErrorKind::kUsage);
    items.push_back(fmt::format("{}: {}", json_string(key), value));
  }
  return items.empty() ? std::string("{}") : fmt::format("{{ {} }}", join(items, ", "));
}

// The member of this name, which is an object; nullptr: it is not there.
Result<const Node*> object_in(const Node& parent, std::string_view key, std::string_view file_name) {
  const Node* object = parent.member(key);
  if (!object || object->kind == Kind::kObject) return object;
  return fail(fmt::format("{}: {} is not an object", file_name, quote(key)), ErrorKind::kInvalidDocument);
}

struct RelayNodes {
  const Node *relay = nullptr, *clients = nullptr;   // null: not there yet
};

Result<RelayNodes> relay_in(const Tree& tree, std::string_view file_name) {
  if (tree.root().kind != Kind::kObject)
    return fail(fmt::format("{}: the document is not an object", file_name), ErrorKind::kInvalidDocument);
  RelayNodes nodes;
  nodes.relay = TRY(object_in(tree.root(), "relay", file_name));
  if (nodes.relay) nodes.clients = TRY(object_in(*nodes.relay, "clients", file_name));
  return nodes;
}

std::vector<std::string> names_of_clients(const Node* clients) {
  std::vector<std::string> names;
  if (clients)
    for (const Node& member : clients->children()) names.emplace_back(member.key);
  return names;
}

}   // namespace
}   // namespace config

Result<std::string> add_relay_client(std::string_view text, std::string_view file_name,
                                     const RelayClientEdit& client) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const auto [relay, clients] = TRY(config::relay_in(tree, file_name));
  const std::string spelled = TRY(config::spell_client(client));
  const std::string item = fmt::format("{}: {}", config::json_string(client.name), spelled);
  const std::string first = fmt::format("\"clients\": {{ {} }}", item);
  if (!relay) return config::insert_last(text, tree.root(), fmt::format("\"relay\": {{ {} }}", first));
  if (!clients) return config::insert_last(text, *relay, first);
  const config::Node* there = clients->member(client.name);
  if (!there) return config::insert_last(text, *clients, item);
  const auto old = text.substr(there->begin, there->end - there->begin);
  if (config::value_of_client(old) == config::value_of_client(spelled)) return std::string(text);
  return fail(fmt::format("relay client {} is already on line {} of {} with other content (remove it first)",
                          config::quote(client.name), config::Lines(text).line_of(there->start()),
                          file_name));
}

Result<std::string> remove_relay_client(std::string_view text, std::string_view file_name,
                                        std::string_view name) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const auto [relay, clients] = TRY(config::relay_in(tree, file_name));
  if (const config::Node* there = clients ? clients->member(name) : nullptr)
    return config::remove_item(text, *there);
  const auto hint = config::suggest(name, config::names_of_clients(clients), "clients");
  return fail(fmt::format("no relay client {} in {}{}", config::quote(name), file_name,
                          hint.empty() ? "" : " (" + hint + ")"),
              ErrorKind::kUsage);
}

}   // namespace sluice
