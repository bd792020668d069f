// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/shown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/router.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

constexpr std::string_view kRules = "rules", kServices = "services", kNetworks = "networks";   // of a bundle

// A bundle has them in this order.
constexpr Shown kAtOnce[] = {
    {"interfaces", show_interfaces, kRules},
    {"policies", show_policies, kRules},
    {"forwards", show_forwards, kRules},
    {"vrfs", show_vrfs, kRules},
    {"limits", show_limits, kRules},
    {"tenants", show_tenants, kRules},
    {"drops", show_drops, kRules},
    {"services", show_services, kServices},
    {"certificates", show_certificates, kServices},
    {"pods", show_pods, kServices},
    {"containers", show_containers, kServices},
    {"names", show_names, kServices},
    {"leases", show_leases, kServices},
    {"ssh", show_ssh, kServices},
    {"networks", show_networks, kNetworks},
    {"endpoints", show_endpoints, kNetworks},
    {"relay", show_relay, kNetworks},
    {"relays", show_relays, kNetworks},
};

struct ShownInPieces {
  std::string_view name;
  Result<std::unique_ptr<RowReader>> (*rows)(Gateway& gateway);
};
constexpr ShownInPieces kInPieces[] = {{"flows", flow_rows}, {"mappings", mapping_rows}};

constexpr bool is_told_once(std::string_view name) {
  return std::ranges::count(kAtOnce, name, &Shown::name) +
             std::ranges::count(kInPieces, name, &ShownInPieces::name) ==
         1;
}
static_assert(std::ranges::all_of(kShowObjects, is_told_once));
static_assert(std::size(kAtOnce) + std::size(kInPieces) == kShowObjects.size());
static_assert(std::ranges::all_of(kAtOnce, [](const Shown& one) {
  return std::ranges::count(kBundleParts, one.bundle_part) == 1;
}));

}   // namespace

std::span<const Shown> shown_at_once() { return kAtOnce; }

Result<nlohmann::json> show_object(Gateway& gateway, std::string_view name) {
  const auto found = std::ranges::find(kAtOnce, name, &Shown::name);
  if (found != std::end(kAtOnce)) return found->tell(gateway);
  return fail(fmt::format("there is nothing called {} to show", name), ErrorKind::kUsage);
}

Result<std::unique_ptr<RowReader>> rows_of_object(Gateway& gateway, std::string_view name) {
  const auto found = std::ranges::find(kInPieces, name, &ShownInPieces::name);
  return found == std::end(kInPieces) ? nullptr : found->rows(gateway);
}

}   // namespace sluice
