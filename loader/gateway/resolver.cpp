// SPDX-License-Identifier: GPL-2.0-or-later
// Whom the resolver serves, and where.
#include <algorithm>

#include "gateway/gateway.hpp"
#include "kernel/observe.hpp"
#include "maps/rules.h"

namespace sluice {
namespace {

void add_place(ServedZone& zone, const IpAddress& address, const std::string& device) {
  const ListenPlace place{address, device};
  if (!address.is_link_local() && std::ranges::find(zone.places, place) == zone.places.end())
    zone.places.push_back(place);
}

// The addresses that the document gives it, and others that it has.
void add_places(ServedZone& zone, const Interface& interface, const Observed& seen) {
  for (const InterfaceAddress& own : interface.addresses) add_place(zone, own.address, interface.name);
  const auto link = seen.links.find(interface.name);
  if (link == seen.links.end()) return;
  for (const ObservedAddress& other : link->second.addresses)
    add_place(zone, other.address.address, interface.name);
}

}   // namespace

void Gateway::note_resolver(ResolverNews news) {
  for (const std::string& trouble : resolver_news_.troubles) std::erase(degraded_, trouble);
  resolver_news_ = std::move(news);
  degraded_.insert(degraded_.end(), resolver_news_.troubles.begin(), resolver_news_.troubles.end());
}

Result<> Gateway::open_names(const std::vector<LookUp>& look_ups) {
  if (!current_) return fail("no document is in force");
  const auto now = std::chrono::system_clock::now();
  bool opened = false;
  for (const LookUp& look_up : look_ups) opened |= names_.note(current_->document, look_up, now);
  if (opened) {
    names_.settle(current_->document);
    TRY(exchange_rules());
  }
  names_.keep();
  return {};
}

// Those whose flows are there.
Result<std::set<OpenedBy>> Gateway::live_by_names(const std::set<OpenedBy>& over) {
  std::map<uint32_t, std::string> policies;
  for (const ObjectCount& object : TRY(engine().objects()))
    if (object.kind == SL_OBJECT_POLICY) policies.emplace(object.number, object.name);
  std::set<OpenedBy> live;
  TRY(engine().visit_flows([&](const FlowState& flow) {
    const auto policy = policies.find(flow.policy);
    if (policy == policies.end()) return;
    const OpenedBy opened{policy->second, flow.reply.source};
    if (over.contains(opened)) live.insert(opened);
  }));
  return live;
}

Result<> Gateway::close_names() {
  if (!current_) return {};
  const auto now = std::chrono::system_clock::now();
  const auto over = names_.over(current_->document, now);
  if (over.empty()) return {};
  if (names_.close(current_->document, over, TRY(live_by_names(over)), now)) {
    names_.settle(current_->document);
    TRY(exchange_rules());
  }
  names_.keep();
  return {};
}

std::optional<std::chrono::milliseconds> Gateway::name_time_left() const {
  const auto next = current_ ? names_.next(current_->document) : std::nullopt;
  if (!next) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - std::chrono::system_clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

Result<ResolverOrder> Gateway::resolver_order() {
  ResolverOrder order;
  if (!current_) return order;
  const Document& document = current_->document;
  order.settings = document.resolver;
  if (std::ranges::none_of(document.zones, &Zone::dns)) return order;
  const Observed seen = TRY(observe_network());
  for (const auto& [name, link] : seen.links)
    for (const ObservedAddress& own : link.addresses) order.own.push_back(own.address.address);
  for (const Zone& zone : document.zones) {
    if (!zone.dns) continue;
    ServedZone served{.name = zone.name,
                      .places = {},
                      .names = names_of_zone(document, zone.name),
                      .domains = {},
                      .strangers = zone.name == kPodZone};
    for (const Policy& policy : document.policies)
      if (!policy.domains.empty() && policy.from.front() == zone.name)
        served.domains.insert(served.domains.end(), policy.domains.begin(), policy.domains.end());
    for (const Interface& interface : document.interfaces)
      if (interface.zone == zone.name && seen.links.contains(interface.name))
        add_places(served, interface, seen);
    std::ranges::sort(served.places);
    order.zones.push_back(std::move(served));
  }
  return order;
}

}   // namespace sluice
