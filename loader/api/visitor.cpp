// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/visitor.hpp"

#include <algorithm>

namespace sluice {
namespace {

// What stands here has no secret. Documents and bundles are not among it: they may name files of keys, and
// are long.
constexpr std::string_view kSights[] = {
    "/v1/status",  "/v1/history", "/v1/diff",          "/v1/endpoint-history",
    "/v1/explain", "/v1/doctor",  "/v1/device/status",
};
constexpr std::string_view kFoldersOfSights[] = {"/v1/show/", "/v1/top/", "/v1/monitor/"};
constexpr std::string_view kRevisionChanges[] = {"/v1/rollback", "/v1/confirm"};
constexpr std::string_view kConfigs[] = {"/v1/endpoint-config", "/v1/endpoint-qr"};

template <size_t size>
bool is_one_of(const std::string_view (&paths)[size], std::string_view path) {
  return std::ranges::find(paths, path) != std::end(paths);
}

bool may_look_at(const Visitor& visitor, std::string_view path) {
  if (is_one_of(kConfigs, path)) return visitor.tells_configs;
  return is_one_of(kSights, path) ||
         std::ranges::any_of(kFoldersOfSights, [&](auto folder) { return path.starts_with(folder); });
}

}   // namespace

bool may_ask(const Visitor& visitor, std::string_view method, std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (method == "GET") return may_look_at(visitor, path);
  return method == "POST" && visitor.rolls_back && is_one_of(kRevisionChanges, path);
}

}   // namespace sluice
