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

// Where it stands in the text is nothing to it.
bool is_same(const Site* before, const Site* after) {
  if (!before || !after) return false;
  if (*before == *after) return true;
  Site moved = *before;
  moved.line = after->line;
  return moved == *after;
}

// Those that come, go or change.
std::vector<std::string> changed_sites(const Document& before, const Document& after) {
  std::map<std::string_view, std::pair<const Site*, const Site*>> sites;
  for (const Site& site : before.sites) sites[site.name].first = &site;
  for (const Site& site : after.sites) sites[site.name].second = &site;
  std::vector<std::string> names;
  for (const auto& [name, both] : sites)
    if (!is_same(both.first, both.second)) names.emplace_back(name);
  return names;
}

std::string sites_text(const std::vector<std::string>& names) {
  const auto named = std::span(names).first(std::min(names.size(), kMostNamed));
  const std::string more =
      named.size() == names.size() ? "" : fmt::format(" and {} more", names.size() - named.size());
  return fmt::format("site{} {}{}", names.size() == 1 ? "" : "s", join(named, ", "), more);
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
  const auto sites = changed_sites(before, after);
  std::vector<std::string> what;
  if (!sites.empty()) what.push_back(sites_text(sites));
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

}   // namespace

std::vector<std::string> plan_others(const Document* before, const Document& after) {
  const Document nothing;
  std::vector<std::string> changes;
  plan_front(before ? *before : nothing, after, changes);
  plan_resolver(before ? *before : nothing, after, changes);
  return changes;
}

}   // namespace sluice
