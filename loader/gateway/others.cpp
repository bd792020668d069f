// SPDX-License-Identifier: GPL-2.0-or-later
// What other programs do for the document in force: routing daemons, the front, names, addresses of a
// cluster.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/gateway.hpp"
#include "kernel/observe.hpp"

namespace sluice {
namespace {

bool leads_to_router(const MovingAddresses& moving, std::string_view interface) {
  return std::ranges::any_of(
      moving.neighbours, [&](const ClusterNeighbour& one) { return one.own && one.interface == interface; });
}

VrrpPlan vrrp_plan(const Document& document, const std::vector<MovedAddress>& addresses) {
  const Cluster& cluster = *document.cluster;
  const MovingAddresses& moving = *cluster.addresses;
  VrrpPlan plan{.router = cluster.node,
                .interface = moving.interface,
                .id = moving.id,
                .router_address = router_address(moving),
                .own = moving.own,
                .peers = moving.peers,
                .links = {},
                .addresses = addresses,
                .carriers = cluster.all_carry ? cluster.nodes.size() : 0};
  for (const Interface& interface : document.interfaces)
    if ((interface.moves || interface.shared) && interface.name != moving.interface &&
        (!interface.addresses.empty() || leads_to_router(moving, interface.name)))
      plan.links.push_back(interface.name);
  return plan;
}

// VRRP speaks from an address of the link. One that it does not have yet is waited for: a node that hears
// nobody takes itself for the only one.
Result<> expect_voice(const MovingAddresses& moving) {
  const Observed seen = TRY(observe_network());
  const auto at = seen.links.find(moving.interface);
  if (at == seen.links.end()) return fail(moving.interface + " does not exist");
  for (const ObservedAddress& one : at->second.addresses) {
    const IpAddress& address = one.address.address;
    if (!one.tentative && (moving.own ? address == *moving.own : address.is_link_local())) return {};
  }
  const std::string lack = moving.own ? moving.own->to_string() : "a link-local address of IPv6";
  return fail(fmt::format("{} does not have {} (yet)", moving.interface, lack));
}

bool has_moving(const Document& document) { return document.cluster && document.cluster->addresses; }

}   // namespace

void Gateway::tell(const std::function<void()>& changed) {
  routers_.tell(changed);
  front_.tell(changed);
  certificates_.tell(changed);
  name_.tell(changed);
}

void Gateway::keep_others(bool await) {
  keep_addresses();
  keep_routers(await);
  keep_front(await);
  keep_name();
}

void Gateway::keep_addresses() {
  const bool moves = current_ && has_moving(current_->document);
  if (!moves && !addresses_.plan() && !current_) return;   // what an earlier daemon began goes on
  Result<> kept;
  if (moves && !addresses_.runs()) kept = expect_voice(*current_->document.cluster->addresses);
  const auto plan = moves ? std::optional(vrrp_plan(current_->document, moving_)) : std::nullopt;
  if (kept) kept = addresses_.want(plan);
  tell_trouble(Trouble::kAddresses,
               kept ? "" : "the cluster's addresses cannot be had here: " + kept.error().message);
}

Result<std::vector<std::string>> Gateway::tear_down_others() {
  auto removed = TRY(addresses_.tear_down());
  for (std::string& more : TRY(routers_.tear_down())) removed.push_back(std::move(more));
  certificates_.tear_down();
  for (std::string& more : TRY(front_.tear_down())) removed.push_back(std::move(more));
  return removed;
}

}   // namespace sluice
