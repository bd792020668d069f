// SPDX-License-Identifier: GPL-2.0-or-later
// Pods are members of the object "pods", beside its own keys.
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

nlohmann::json json_value(std::string_view text) {
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false, /*ignore_comments=*/true);
}

Result<std::string> spell_pod(const PodEdit& pod) {
  std::vector<std::string> items;
  for (const auto& [key, value] : pod.values) {
    if (json_value(value).is_discarded())
      return fail(fmt::format("the value of {} is not JSON: {}", quote(key), quote(value)),
                  ErrorKind::kUsage);
    items.push_back(fmt::format("{}: {}", json_string(key), value));
  }
  return items.empty() ? std::string("{}") : fmt::format("{{ {} }}", join(items, ", "));
}

bool is_setting(std::string_view key) { return key == "ports" || key == "subnets"; }

Result<> expect_pod_name(std::string_view name) {
  if (!is_setting(name)) return {};
  return fail(fmt::format("{} is a key of \"pods\" and no name of a pod", quote(name)), ErrorKind::kUsage);
}

// The object of all pods; nullptr: there is none yet.
Result<const Node*> pods_in(const Tree& tree, std::string_view file_name) {
  const Node* pods = tree.root().kind == Kind::kObject ? tree.root().member("pods") : nullptr;
  if (tree.root().kind == Kind::kObject && (!pods || pods->kind == Kind::kObject)) return pods;
  return fail(fmt::format("{}: {} is not an object", file_name, pods ? "\"pods\"" : "the document"),
              ErrorKind::kInvalidDocument);
}

std::vector<std::string> names_in(const Node* pods) {
  std::vector<std::string> names;
  if (!pods) return names;
  for (const Node& member : pods->children())
    if (!is_setting(member.key)) names.emplace_back(member.key);
  return names;
}

}   // namespace
}   // namespace config

Result<std::string> add_pod(std::string_view text, std::string_view file_name, const PodEdit& pod) {
  TRY(config::expect_pod_name(pod.name));
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* pods = TRY(config::pods_in(tree, file_name));
  const std::string spelled = TRY(config::spell_pod(pod));
  const config::Node* there = pods ? pods->member(pod.name) : nullptr;
  const std::string item = fmt::format("{}: {}", config::json_string(pod.name), spelled);
  if (!pods) return config::insert_last(text, tree.root(), fmt::format("\"pods\": {{ {} }}", item));
  if (!there) return config::insert_last(text, *pods, item);
  if (config::json_value(text.substr(there->begin, there->end - there->begin)) == config::json_value(spelled))
    return std::string(text);
  return fail(fmt::format("pod {} is already on line {} of {} with other content (remove it first)",
                          config::quote(pod.name), config::Lines(text).line_of(there->start()), file_name));
}

Result<std::string> remove_pod(std::string_view text, std::string_view file_name, std::string_view name) {
  TRY(config::expect_pod_name(name));
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* pods = TRY(config::pods_in(tree, file_name));
  if (const config::Node* there = pods ? pods->member(name) : nullptr)
    return config::remove_item(text, *there);
  const auto hint = config::suggest(name, config::names_in(pods), "pods");
  return fail(
      fmt::format("no pod {} in {}{}", config::quote(name), file_name, hint.empty() ? "" : " (" + hint + ")"),
      ErrorKind::kUsage);
}

}   // namespace sluice
