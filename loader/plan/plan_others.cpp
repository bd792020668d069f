// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan_others.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.hpp"

namespace sluice {
namespace {

constexpr size_t kMostNamed = 32;

// Where they stand in the text is nothing to them.
bool is_same(const Site& before, const Site& after) {
  if (before == after) return true;
  Site moved = before;
  moved.line = after.line;
  return moved == after;
}
bool is_same(const SshUser& before, const SshUser& after) {
  return std::tie(before.boxes, before.ports) == std::tie(after.boxes, after.ports);
}
bool is_same(const UsedRelay& before, const UsedRelay& after) { return before.config == after.config; }
bool is_same(const Collector& before, const Collector& after) { return before == after; }

// By their names: those that come, go or change.
template <class Named>
std::vector<std::string> changed_names(const std::vector<Named>& before, const std::vector<Named>& after) {
  std::map<std::string_view, std::pair<const Named*, const Named*>> all;
  for (const Named& one : before) all[one.name].first = &one;
  for (const Named& one : after) all[one.name].second = &one;
  std::vector<std::string> names;
  for (const auto& [name, both] : all)
    if (!both.first || !both.second || !is_same(*both.first, *both.second)) names.emplace_back(name);
  return names;
}

// "sites app1, shop".
std::string names_text(std::string_view kind, const std::vector<std::string>& names) {
  const auto named = std::span(names).first(std::min(names.size(), kMostNamed));
  const std::string more =
      named.size() == names.size() ? "" : fmt::format(" and {} more", names.size() - named.size());
  return fmt::format("{}{} {}{}", kind, names.size() == 1 ? "" : "s", join(named, ", "), more);
}

auto listeners_of(const Front& front) { return std::tie(front.listen, front.http, front.https, front.from); }
auto certificates_of(const Front& front) { return std::tie(front.certificates, front.acme); }
auto limits_of(const Front& front) { return std::tie(front.public_limit, front.user_limit); }

std::vector<std::string> changes_of_front(const Front& before, const Front& after) {
  std::vector<std::string> changes;
  if (listeners_of(before) != listeners_of(after)) changes.emplace_back("its listeners");
  if (before.domain != after.domain) changes.emplace_back("its domain");
  if (certificates_of(before) != certificates_of(after)) changes.emplace_back("its certificates");
  if (before.tokens != after.tokens) changes.emplace_back("its tokens");
  if (limits_of(before) != limits_of(after)) changes.emplace_back("its limits");
  return changes;
}

void plan_front(const Document& before, const Document& after, std::vector<std::string>& changes) {
  const auto sites = changed_names(before.sites, after.sites);
  std::vector<std::string> what;
  if (!sites.empty()) what.push_back(names_text("site", sites));
  if (before.front && after.front)
    std::ranges::move(changes_of_front(*before.front, *after.front), std::back_inserter(what));
  const bool stays = before.front.has_value() == after.front.has_value();
  if (stays && what.empty()) return;
  const auto* verb = stays ? "change" : after.front ? "start" : "stop";
  changes.push_back(fmt::format("{} the front{}{}", verb, what.empty() ? "" : ": ", join(what, "; ")));
}

// Names of their own by zones that are served.
std::map<std::string, NameTable> served_zones(const Document& document) {
  std::map<std::string, NameTable> zones;
  for (const Zone& zone : document.zones)
    if (zone.dns) zones.emplace(zone.name, zone.names);
  return zones;
}

std::vector<std::string> changes_of_resolver(const Document& before, const Document& after) {
  const auto served_before = served_zones(before), served = served_zones(after);
  const bool same_zones = std::ranges::equal(served_before | std::views::keys, served | std::views::keys);
  std::vector<std::string> changes;
  if (!same_zones) changes.emplace_back("zones");
  if (before.names != after.names || (same_zones && served_before != served)) changes.emplace_back("names");
  if (before.resolver.upstreams != after.resolver.upstreams) changes.emplace_back("upstreams");
  if (before.resolver.grace != after.resolver.grace) changes.emplace_back("grace");
  return changes;
}

void plan_resolver(const Document& before, const Document& after, std::vector<std::string>& changes) {
  const auto what = changes_of_resolver(before, after);
  if (!what.empty()) changes.push_back(fmt::format("change the resolver's {}", join(what, ", ")));
}

// A key of the document, and where its value is.
template <class Section, class Value>
struct Key {
  std::string_view name;
  Value Section::*value;
};
// Clang deduces none of an aggregate before release 17.
template <class Section, class Value>
Key(const char*, Value Section::*) -> Key<Section, Value>;

template <class Section, class... Values>
std::vector<std::string> changed_keys(const Section& before, const Section& after,
                                      const Key<Section, Values>&... keys) {
  std::vector<std::string> names;
  const auto compare = [&](const auto& key) {
    if (before.*key.value != after.*key.value) names.emplace_back(key.name);
  };
  (compare(keys), ...);
  return names;
}

template <class Named>
void add_names(std::string_view kind, const std::vector<Named>& before, const std::vector<Named>& after,
               std::vector<std::string>& changes) {
  if (const auto names = changed_names(before, after); !names.empty())
    changes.push_back(names_text(kind, names));
}

std::vector<std::string> changes_of(const Ssh& before, const Ssh& after) {
  auto changes = changed_keys(before, after, Key{"interface", &Ssh::interface}, Key{"ports", &Ssh::ports},
                              Key{"rate", &Ssh::rate});
  add_names("user", before.users, after.users, changes);
  return changes;
}

std::vector<std::string> changes_of(const MetricsListen& before, const MetricsListen& after) {
  return changed_keys(before, after, Key{"listen", &MetricsListen::listen},
                      Key{"token_file", &MetricsListen::token_file});
}

std::vector<std::string> changes_of(const WebPage& before, const WebPage& after) {
  auto changes =
      changed_keys(before, after, Key{"listen", &WebPage::listen}, Key{"token_file", &WebPage::token_file});
  if (before.rolls_back != after.rolls_back || before.tells_configs != after.tells_configs)
    changes.emplace_back("allow");
  return changes;
}

std::vector<std::string> changes_of(const NatLog& before, const NatLog& after) {
  auto changes = changed_keys(before, after, Key{"observation_domain", &NatLog::domain},
                              Key{"journal", &NatLog::journal});
  add_names("collector", before.collectors, after.collectors, changes);
  return changes;
}

std::vector<std::string> changes_of(const MappingRequests& before, const MappingRequests& after) {
  using Requests = MappingRequests;
  return changed_keys(before, after, Key{"from", &Requests::from}, Key{"ports", &Requests::ports},
                      Key{"per_host", &Requests::per_host}, Key{"third_party", &Requests::third_party},
                      Key{"lifetime", &Requests::lifetime});
}

std::vector<std::string> changes_of(const Reachability& before, const Reachability& after) {
  auto changes =
      changed_keys(before, after, Key{"interface", &Reachability::interface},
                   Key{"port_mapping", &Reachability::port_mapping}, Key{"stun", &Reachability::stun},
                   Key{"paths", &Reachability::paths}, Key{"lease", &Reachability::lease},
                   Key{"dynamic_dns", &Reachability::dynamic_dns});
  add_names("relay", before.relays, after.relays, changes);
  return changes;
}

// Its tunnel, clients and ports are told by steps and rules.
void plan_relay(const Document& before, const Document& after, std::vector<std::string>& changes) {
  if (!before.relay || !after.relay) return;
  const auto what = changed_keys(*before.relay, *after.relay, Key{"addresses", &Relay::addresses},
                                 Key{"quota", &Relay::quota});
  if (!what.empty()) changes.push_back("change relay: " + join(what, "; "));
}

// `key`: of the document.
template <class Section>
void plan_section(std::string_view key, const std::optional<Section>& before,
                  const std::optional<Section>& after, std::vector<std::string>& changes) {
  if (before.has_value() != after.has_value())
    return changes.push_back(fmt::format("{} {}", after ? "start" : "stop", key));
  if (!before) return;
  if (const auto what = changes_of(*before, *after); !what.empty())
    changes.push_back(fmt::format("change {}: {}", key, join(what, "; ")));
}

// heed(before, after) of what is in both, by its name.
template <class Named>
void for_each_kept(const std::vector<Named>& before, const std::vector<Named>& after, const auto& heed) {
  std::map<std::string_view, const Named*> earlier;
  for (const Named& one : before) earlier.emplace(one.name, &one);
  for (const Named& one : after)
    if (const auto at = earlier.find(one.name); at != earlier.end()) heed(*at->second, one);
}

// `changes_of_one` says what is told of one, which the rules and devices do not show.
template <class Named, class Changes>
void plan_each(std::string_view kind, const std::vector<Named>& before, const std::vector<Named>& after,
               Changes changes_of_one, std::vector<std::string>& changes) {
  for_each_kept(before, after, [&](const Named& earlier, const Named& one) {
    if (const auto what = changes_of_one(earlier, one); !what.empty())
      changes.push_back(fmt::format("change {} {}: {}", kind, one.name, join(what, "; ")));
  });
}

std::vector<std::string> changes_of_service(const PublishedService& before, const PublishedService& after) {
  return changed_keys(before, after, Key{"health", &PublishedService::health},
                      Key{"grace", &PublishedService::grace});
}

// What clients are told, routing daemons do, or time brings.
std::vector<std::string> changes_of_network(const Network& before, const Network& after) {
  auto changes = changed_keys(before, after, Key{"endpoint", &Network::endpoint}, Key{"dns", &Network::dns});
  const auto routing = [](const NetworkRouting& one) { return std::tie(one.protocol, one.asn, one.area); };
  if (routing(before.routing) != routing(after.routing)) changes.emplace_back("routing");
  const auto told = [](const NetworkEndpoint& one) {
    return std::tie(one.expires, one.asn, one.maximum_prefixes);
  };
  std::vector<std::string> names;
  for_each_kept(before.endpoints, after.endpoints,
                [&](const NetworkEndpoint& earlier, const NetworkEndpoint& one) {
                  if (told(earlier) != told(one)) names.push_back(one.name);
                });
  if (!names.empty()) changes.push_back(names_text("endpoint", names));
  return changes;
}

}   // namespace

std::vector<std::string> plan_others(const Document* before, const Document& after) {
  const Document nothing;
  const Document& earlier = before ? *before : nothing;
  std::vector<std::string> changes;
  plan_front(earlier, after, changes);
  plan_resolver(earlier, after, changes);
  plan_each("service", earlier.services, after.services, changes_of_service, changes);
  plan_each("network", earlier.networks, after.networks, changes_of_network, changes);
  plan_relay(earlier, after, changes);
  plan_section("ssh", earlier.ssh, after.ssh, changes);
  plan_section("metrics", earlier.metrics, after.metrics, changes);
  plan_section("web", earlier.web, after.web, changes);
  plan_section("nat_log", earlier.nat_log, after.nat_log, changes);
  plan_section("mapping_requests", earlier.mapping_requests, after.mapping_requests, changes);
  plan_section("reachability", earlier.reachability, after.reachability, changes);
  return changes;
}

}   // namespace sluice
