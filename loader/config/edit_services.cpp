// SPDX-License-Identifier: GPL-2.0-or-later
// Backends stand in a list of their service, and each says its name.
#include <fmt/format.h>

#include "base/text.hpp"
#include "config/config.hpp"
#include "config/edit.hpp"
#include "config/parse.hpp"

namespace sluice {
namespace config {
namespace {

Result<const Node*> service_in(const Tree& tree, std::string_view file_name, std::string_view name) {
  const Node* services = tree.root().member("services");
  const Node* service = services ? services->member(name) : nullptr;
  if (service) return service;
  return fail(fmt::format("{} has no service {}", file_name, quote(name)), ErrorKind::kUsage);
}

Result<const Node*> backend_in(const Node& service, std::string_view name) {
  if (const Node* backends = service.member("backends"))
    for (const Node& backend : backends->children())
      if (const Node* own = backend.member("name"); own && own->text == name) return &backend;
  return fail(fmt::format("service {} has no backend {}", quote(service.key), quote(name)),
              ErrorKind::kUsage);
}

}   // namespace
}   // namespace config

Result<std::string> set_drain(std::string_view text, std::string_view file_name, std::string_view service,
                              std::string_view backend, const std::optional<std::string>& json) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* node =
      TRY(config::backend_in(*TRY(config::service_in(tree, file_name, service)), backend));
  const config::Node* there = node->member("drain");
  if (!json) return there ? config::remove_item(text, *there) : std::string(text);
  if (there) return config::replace_value(text, *there, *json);
  return config::insert_last(text, *node, fmt::format("\"drain\": {}", *json));
}

}   // namespace sluice
