// SPDX-License-Identifier: GPL-2.0-or-later
// Backends stand in a list of their service, and each says its name.
#include <fmt/format.h>

#include <algorithm>

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

namespace {

std::string with_drain(std::string_view text, const config::Node& backend,
                       const std::optional<std::string>& json) {
  const config::Node* there = backend.member("drain");
  if (!json) return there ? config::remove_item(text, *there) : std::string(text);
  if (there) return config::replace_value(text, *there, *json);
  return config::insert_beside_last(text, backend, fmt::format("\"drain\": {}", *json));
}

}   // namespace

Result<std::string> set_drain(std::string_view text, std::string_view file_name, std::string_view service,
                              std::string_view backend, const std::optional<std::string>& json) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  const config::Node* node =
      TRY(config::backend_in(*TRY(config::service_in(tree, file_name, service)), backend));
  return with_drain(text, *node, json);
}

std::optional<TextEdit> drain_edit(std::string_view text, const PublishedService& service,
                                   std::string_view backend, const std::optional<std::string>& json) {
  if (service.begin > service.end || service.end > text.size()) return std::nullopt;
  const std::string_view own = text.substr(service.begin, service.end - service.begin);
  const auto tree = config::parse_or_fail(own, service.name);
  if (!tree) return std::nullopt;
  const auto node = config::backend_in(tree->root(), backend);
  if (!node) return std::nullopt;
  const std::string after = with_drain(own, **node, json);
  if (std::ranges::count(own, '\n') != std::ranges::count(after, '\n')) return std::nullopt;
  TextEdit edit = edit_between(own, after);
  edit.at += service.begin;
  return edit;
}

}   // namespace sluice
