// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/reach_view.hpp"

#include <algorithm>

#include "model/domains.hpp"

namespace sluice {
namespace {

// RFC 6598, and what else nobody has on the internet (RFC 1918).
bool is_shared(const IpAddress& address) { return Prefix::parse("100.64.0.0/10")->contains(address); }

bool is_private(const IpAddress& address) {
  return std::ranges::any_of(
      std::initializer_list<const char*>{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"},
      [&](const char* prefix) { return Prefix::parse(prefix)->contains(address); });
}

std::optional<IpAddress> outside_of_router(const RouterNews& news) {
  if (!news.outside || news.outside->address.is_unspecified()) return std::nullopt;
  return news.outside->address;
}

// Behind the router that was asked: `outside` is its address, `seen` what servers see.
std::optional<NatLayer> next_layer(const IpAddress& outside, const std::optional<IpAddress>& seen) {
  NatLayer layer{.outside = seen, .is_carrier = !is_private(outside)};
  const bool is_there = seen ? *seen != outside : is_shared(outside) || is_private(outside);
  return is_there ? std::optional(layer) : std::nullopt;
}

}   // namespace

std::vector<NatLayer> layers_of(const std::optional<IpAddress>& local, const PortNews& news) {
  std::vector<NatLayer> layers;
  if (!local) return layers;
  const auto router = outside_of_router(news.router);
  const auto seen = news.seen.mapped ? std::optional(news.seen.mapped->address) : std::nullopt;
  const bool is_mapped = news.router.state == PortState::kMapped;
  if (const auto nearest = router ? router : seen; nearest && *nearest != *local)
    layers.push_back({.outside = nearest,
                      .is_carrier = is_shared(*local),
                      .mapped_by = is_mapped ? std::optional(news.router.by) : std::nullopt});
  if (router)
    if (const auto next = next_layer(*router, seen)) layers.push_back(*next);
  if (!layers.empty() && seen) {
    layers.back().mapping = news.seen.mapping;
    layers.back().filtering = news.seen.filtering;
  }
  return layers;
}

std::string_view summary_of(const std::vector<NatLayer>& layers) {
  if (layers.empty()) return "no NAT";
  if (std::ranges::any_of(layers, &NatLayer::is_carrier)) return "carrier-grade NAT";
  return layers.size() > 1 ? "double NAT" : "NAT";
}

std::optional<Endpoint> direct_place(const PortNews& news) { return news.seen.open; }

std::optional<Endpoint> likely_place(const PortNews& news) {
  if (const auto direct = direct_place(news)) return direct;
  const auto router = outside_of_router(news.router);
  const auto& seen = news.seen.mapped;
  if (router && is_of_internet(*router) && (!seen || seen->address == *router)) return news.router.outside;
  return seen;
}

}   // namespace sluice
