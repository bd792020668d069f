// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/config.hpp"
#include "config/edit.hpp"
#include "config/parse.hpp"
#include "config/read.hpp"

namespace sluice {
namespace config {
namespace {

std::string one_or_list(const std::vector<std::string>& words) {
  if (words.size() == 1) return json_string(words[0]);
  std::vector<std::string> quoted;
  for (const auto& word : words) quoted.push_back(json_string(word));
  return fmt::format("[{}]", join(quoted, ", "));
}

// "80,443" is two of them.
std::vector<std::string> port_items(std::string_view ports) {
  std::vector<std::string> items;
  for (const auto item : split(ports, ',')) items.emplace_back(item);
  return items;
}

std::string spell(const ForwardEdit& forward) {
  auto text =
      fmt::format("{{ \"name\": {}, \"listen\": {}", json_string(forward.name), json_string(forward.listen));
  if (!forward.protocols.empty()) text += fmt::format(", \"protocol\": {}", one_or_list(forward.protocols));
  text += fmt::format(", \"ports\": {}, \"to\": {}", one_or_list(port_items(forward.ports)),
                      json_string(forward.to));
  if (!forward.vrf.empty()) text += fmt::format(", \"vrf\": {}", json_string(forward.vrf));
  if (!forward.source.empty()) text += fmt::format(", \"source\": {}", one_or_list(forward.source));
  return text + " }";
}

// What a spelling means; lists that are sets are sorted, so that the same meaning is equal.
std::optional<Forward> meaning_of(const Node& node, std::string_view text) {
  Complaints unheard(text, "");
  const NamedTexts no_files;
  Draft draft(unheard, no_files);
  auto forward = read_forward(node, draft);
  if (!forward || !unheard.empty()) return std::nullopt;
  std::sort(forward->protocols.begin(), forward->protocols.end());
  std::sort(forward->source.prefixes.begin(), forward->source.prefixes.end());
  std::sort(forward->source.sets.begin(), forward->source.sets.end());
  return forward;
}

auto fields(const Forward& forward) {
  return std::tie(forward.listen, forward.protocols, forward.ports, forward.to, forward.to_port, forward.vrf,
                  forward.source.prefixes, forward.source.sets);
}

bool is_same(const Node& there, std::string_view text, const std::string& spelled) {
  Complaints unheard(spelled, "");
  const auto tree = parse_tree(spelled, unheard);
  const auto old = meaning_of(there, text), wanted = tree ? meaning_of(tree->root(), spelled) : std::nullopt;
  return old && wanted && fields(*old) == fields(*wanted);
}

const Node* find_forward(const Node* forwards, std::string_view name) {
  if (!forwards) return nullptr;
  for (const Node& forward : forwards->children())
    if (const Node* there = forward.member("name");
        there && there->kind == Kind::kString && there->text == name)
      return &forward;
  return nullptr;
}

// The innermost container that is there, and what has to be put into it.
std::string insert_forward(std::string_view text, const Node& root, const std::string& spelled) {
  const Node* nat = root.member("nat");
  if (!nat) return insert_last(text, root, fmt::format("\"nat\": {{ \"forwards\": [{}] }}", spelled));
  const Node* forwards = nat->member("forwards");
  if (!forwards) return insert_last(text, *nat, fmt::format("\"forwards\": [{}]", spelled));
  return insert_last(text, *forwards, spelled);
}

Result<> expect_shape(const Node& root, std::string_view file_name) {
  const auto is = [](const Node* node, Kind kind) { return !node || node->kind == kind; };
  const Node* nat = root.member("nat");
  const bool good = root.kind == Kind::kObject && is(nat, Kind::kObject) &&
                    (!nat || is(nat->member("forwards"), Kind::kList));
  if (good) return {};
  return fail(fmt::format("{}: \"nat.forwards\" is not a list in an object", file_name),
              ErrorKind::kInvalidDocument);
}

const Node* forwards_of(const Node& root) {
  const Node* nat = root.member("nat");
  return nat ? nat->member("forwards") : nullptr;
}

std::vector<std::string> names_of(const Node* forwards) {
  std::vector<std::string> names;
  if (!forwards) return names;
  for (const Node& forward : forwards->children())
    if (const Node* name = forward.member("name")) names.emplace_back(name->text);
  return names;
}

}   // namespace
}   // namespace config

Result<std::string> add_forward(std::string_view text, std::string_view file_name,
                                const ForwardEdit& forward) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  TRY(config::expect_shape(tree.root(), file_name));
  const auto spelled = config::spell(forward);
  const auto* there = config::find_forward(config::forwards_of(tree.root()), forward.name);
  if (!there) return config::insert_forward(text, tree.root(), spelled);
  if (config::is_same(*there, text, spelled)) return std::string(text);
  return fail(fmt::format("forward {} is already on line {} of {} with other content (remove it first)",
                          config::quote(forward.name), config::Lines(text).line_of(there->begin), file_name));
}

Result<std::string> remove_forward(std::string_view text, std::string_view file_name, std::string_view name) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  TRY(config::expect_shape(tree.root(), file_name));
  const auto* forwards = config::forwards_of(tree.root());
  if (const auto* there = config::find_forward(forwards, name)) return config::remove_item(text, *there);
  const auto hint = config::suggest(name, config::names_of(forwards), "forwards");
  return fail(fmt::format("no forward {} in {}{}", config::quote(name), file_name,
                          hint.empty() ? "" : " (" + hint + ")"),
              ErrorKind::kUsage);
}

}   // namespace sluice
