// SPDX-License-Identifier: GPL-2.0-or-later
// Whom the resolver serves, and where.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "gateway/gateway.hpp"
#include "kernel/observe.hpp"
#include "maps/rules.h"
#include "model/domains.hpp"

namespace sluice {
namespace {

void add_place(ServedZone& zone, const IpAddress& address, const std::string& device) {
  if (!address.is_link_local()) zone.places.push_back({address, device});
}

using Links = std::map<std::string, ObservedLink>;

// The addresses that the document gives it, and others that it has.
void add_places(ServedZone& zone, const Interface& interface, const Links& links) {
  const auto link = links.find(interface.name);
  if (link == links.end()) return;
  for (const InterfaceAddress& own : interface.addresses) add_place(zone, own.address, interface.name);
  for (const ObservedAddress& other : link->second.addresses)
    add_place(zone, other.address.address, interface.name);
}

std::vector<OpenedChange> changes_of(const std::set<OpenedBy>& addresses, bool opens) {
  std::vector<OpenedChange> changes;
  for (const auto& [policy, address] : addresses) changes.push_back({set_of_domains(policy), address, opens});
  return changes;
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
  std::vector<OpenedChange> opened;
  for (const LookUp& look_up : look_ups)
    std::ranges::move(names_.note(current_->document, look_up, now), std::back_inserter(opened));
  TRY(put_opened(opened));
  names_.keep();
  return {};
}

// One by one where that can be: looking at the machine and exchanging all rules takes as long as a name may.
Result<> Gateway::put_opened(const std::vector<OpenedChange>& changes) {
  if (changes.empty()) return {};
  for (const OpenedChange& one : changes) change_opened(current_->document, one);
  const auto in_place = engine().open_addresses(changes);
  if (!in_place) spdlog::warn("change what names have opened: {}", in_place.error().message);
  if (!in_place || !*in_place) TRY(exchange_rules());
  return {};
}

// Those whose flows are there.
Result<std::set<OpenedBy>> Gateway::live_by_names(const std::set<OpenedBy>& over) {
  std::map<uint32_t, std::string> policies;
  const auto counted = TRY(engine().objects_at_rest());
  for (const ObjectCount& object : counted.objects)
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

// Where a flow began between the look and the end of its address, that is taken back.
Result<> Gateway::close_names() {
  if (!current_) return {};
  const auto now = std::chrono::system_clock::now();
  const auto over = names_.over(current_->document, now);
  if (over.empty()) {
    names_.tidy();
    return {};
  }
  auto live = TRY(live_by_names(over));
  std::set<OpenedBy> ending;
  std::ranges::set_difference(over, live, std::inserter(ending, ending.end()));
  TRY(put_opened(changes_of(ending, false)));
  if (!ending.empty()) {
    const auto began = TRY(live_by_names(ending));
    TRY(put_opened(changes_of(began, true)));
    live.insert(began.begin(), began.end());
  }
  names_.close(current_->document, over, live, now);
  names_.keep();
  return {};
}

std::optional<std::chrono::milliseconds> Gateway::name_time_left() {
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
  // Who is told what others change looks at the machine first.
  auto& links = known_.seen().links;
  if (links.empty()) links = TRY(observe_ways_out()).links;
  for (const auto& [name, link] : links)
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
      if (interface.zone == zone.name) add_places(served, interface, links);
    std::ranges::sort(served.places);
    const auto [again, end] = std::ranges::unique(served.places);
    served.places.erase(again, end);
    order.zones.push_back(std::move(served));
  }
  return order;
}

}   // namespace sluice
