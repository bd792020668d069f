// SPDX-License-Identifier: GPL-2.0-or-later
// A document for a machine whose devices are called otherwise. Where names of devices stand is known from the
// schema, so that a key that is new there is found here too.
#include <algorithm>
#include <functional>

#include "config/address_values.hpp"
#include "config/config.hpp"
#include "config/edit.hpp"
#include "config/parse.hpp"
#include "config/schemas.hpp"
#include "config/values.hpp"

namespace sluice {
namespace config {
namespace {

constexpr std::string_view kDevice = "device";

// One place in the text, with its quotes.
struct Mention {
  std::string_view name;
  uint32_t begin, end;
};

// A forward listens at an address or at a device.
std::vector<Mention> mentions(const Tree& tree) {
  std::vector<Mention> found;
  const auto collect = [&](const Node& node, const Schemas& schemas) {
    if (node.kind == Kind::kObject && is_called(schemas_of_names(schemas), kDevice))
      for (const Node& child : node.children()) found.push_back({child.key, child.key_begin, child.key_end});
    if (node.kind == Kind::kString && is_called(schemas, kDevice) && !looks_like_address(node.text))
      found.push_back({node.text, node.begin, node.end});
  };
  for_each_value(tree.root(), schemas_of_documents(), collect);
  return found;
}

}   // namespace
}   // namespace config

Result<std::set<std::string>> devices_in(std::string_view text, std::string_view file_name) {
  const config::Tree tree = TRY(config::parse_or_fail(text, file_name));
  std::set<std::string> names;
  for (const config::Mention& one : config::mentions(tree)) names.emplace(one.name);
  return names;
}

// From the end to the beginning: what was not come to yet is still where the tree says.
Result<std::string> rename_devices(std::string_view text, std::string_view file_name,
                                   const DeviceMap& names) {
  const config::Tree tree = TRY(config::parse_or_fail(text, file_name));
  auto found = config::mentions(tree);
  std::ranges::sort(found, std::greater(), &config::Mention::begin);
  std::string renamed(text);
  for (const config::Mention& one : found)
    if (const auto at = names.find(one.name); at != names.end())
      renamed.replace(one.begin, one.end - one.begin, config::json_string(at->second));
  return renamed;
}

Result<std::string> put_key_file(std::string_view text, std::string_view file_name, std::string_view network,
                                 std::string_view endpoint, std::string_view which, std::string_view path) {
  const config::Tree tree = TRY(config::parse_or_fail(text, file_name));
  const auto below = [](const config::Node* node, std::string_view key) {
    return node ? node->member(key) : nullptr;
  };
  const config::Node* owner = below(below(&tree.root(), "networks"), network);
  if (!endpoint.empty()) owner = below(below(owner, "endpoints"), endpoint);
  const config::Node* value = below(owner, which);
  return value ? config::replace_value(text, *value, config::json_string(path)) : std::string(text);
}

}   // namespace sluice
