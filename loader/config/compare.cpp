// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/unified_diff.hpp"
#include "config/canonical.hpp"
#include "config/parse.hpp"
#include "config/set_file.hpp"
#include "config/tree.hpp"

namespace sluice {
namespace config {
namespace {

using nlohmann::json;

json to_json(const Node& node) {
  if (node.kind == Kind::kString) return std::string(node.text);
  if (node.kind == Kind::kObject) {
    json object = json::object();
    for (const Node& child : node.children()) object[std::string(child.key)] = to_json(child);
    return object;
  }
  if (node.kind == Kind::kList) {
    json list = json::array();
    for (const Node& child : node.children()) list.push_back(to_json(child));
    return list;
  }
  return json::parse(node.text, nullptr, /*allow_exceptions=*/false);
}

Result<json> read_canonical(const ComparedDocument& document) {
  const Tree tree = TRY(parse_or_fail(document.text, document.name));
  json value = canonical(to_json(tree.root()));
  if (!value.is_object()) return value;
  for (const auto& [name, text] : document.files)
    for (const std::string_view member : members_of_file(text)) value["file " + name].push_back(member);
  return value;
}

std::string path_to(const std::string& path, const std::string& key) {
  return path + step_to_key(key, path.empty());
}

// The parts by their names; empty: they have none, or not names of their own.
std::map<std::string, const json*> by_name(const json& list) {
  std::map<std::string, const json*> named;
  for (const json& part : list) {
    if (!part.is_object() || !part.contains("name") || !part["name"].is_string()) return {};
    if (!named.emplace(part["name"].get<std::string>(), &part).second) return {};
  }
  return named;
}

class Comparison {
 public:
  json changes = json::array();

  void compare(const json& before, const json& after, const std::string& path) {
    if (before == after) return;
    if (before.is_object() && after.is_object()) return compare_objects(before, after, path);
    const bool lists = before.is_array() && after.is_array();
    if (lists && is_named(before) && is_named(after)) return compare_named(before, after, path);
    if (lists && has_objects(before) && has_objects(after)) return compare_parts(before, after, path);
    add(path, before, after);
  }

 private:
  static bool is_named(const json& list) { return !by_name(list).empty(); }
  static bool has_objects(const json& list) {
    return std::ranges::any_of(list, [](const json& part) { return part.is_object(); });
  }

  void add(const std::string& path, const json& before, const json& after) {
    changes.push_back({{"path", path}, {"old", before}, {"new", after}});
  }

  static const json& value_at(const json& object, const std::string& key) {
    static const json nothing;
    const auto at = object.find(key);
    return at == object.end() ? nothing : *at;
  }

  void compare_objects(const json& before, const json& after, const std::string& path) {
    std::set<std::string> keys;
    for (const json* side : {&before, &after})
      for (const auto& member : side->items()) keys.insert(member.key());
    for (const std::string& key : keys)
      compare(value_at(before, key), value_at(after, key), path_to(path, key));
  }

  void compare_parts(const json& before, const json& after, const std::string& path) {
    for (size_t i = 0; i < std::max(before.size(), after.size()); ++i)
      compare(i < before.size() ? before[i] : json(), i < after.size() ? after[i] : json(),
              fmt::format("{}[{}]", path, i));
  }

  // Those of a name are compared, wherever they stand. Where they stand may decide: another order is told
  // too.
  void compare_named(const json& before, const json& after, const std::string& path) {
    const auto old_parts = by_name(before), new_parts = by_name(after);
    const auto part_of = [](const auto& parts, const std::string& name) {
      const auto at = parts.find(name);
      return at == parts.end() ? json() : *at->second;
    };
    json order[2] = {json::array(), json::array()};
    for (const auto& [side, others, names] :
         {std::tuple(&before, &new_parts, &order[0]), std::tuple(&after, &old_parts, &order[1])})
      for (const json& part : *side)
        if (others->contains(part["name"].template get<std::string>())) names->push_back(part["name"]);
    if (order[0] != order[1]) add(path, order[0], order[1]);
    std::set<std::string> names;
    for (const auto* parts : {&old_parts, &new_parts})
      for (const auto& [name, part] : *parts) names.insert(name);
    for (const std::string& name : names)
      compare(part_of(old_parts, name), part_of(new_parts, name),
              fmt::format("{}[{}]", path, json(name).dump()));
  }
};

std::string text_of(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}   // namespace
}   // namespace config

Result<DocumentDifference> compare_documents(const ComparedDocument& before, const ComparedDocument& after) {
  const auto old_value = TRY(config::read_canonical(before));
  const auto new_value = TRY(config::read_canonical(after));
  DocumentDifference difference;
  if (old_value == new_value) return difference;
  config::Comparison comparison;
  comparison.compare(old_value, new_value, "");
  difference.changes = std::move(comparison.changes);
  difference.unified =
      unified_diff({before.name, config::text_of(old_value)}, {after.name, config::text_of(new_value)});
  return difference;
}

}   // namespace sluice
