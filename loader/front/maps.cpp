// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/maps.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {
namespace {

// public or private, the limit for addresses with its time, whose count it is (empty: that of all sites),
// whether tokens are handed on, the pod, the limit for users with its time.
std::string site_row(const Site& site, const Front& front) {
  const RequestLimit by_address = site.limit.value_or(front.public_limit);
  const RequestLimit by_user = site.limit.value_or(front.user_limit);
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}", site.is_public ? "public" : "private", by_address.requests,
                     by_address.period.count(), site.limit ? site.name : "", site.forward_token ? 1 : 0,
                     site.pod, by_user.requests, by_user.period.count());
}

std::string route_row(const SitePath& path, const Site& site) {
  const auto parts = path.strip ? std::ranges::count(path.prefix, '/') : 0;
  return fmt::format("{}|{}", pool_name(path.service, site.proxy_protocol), parts);
}

// All that a request on a public site needs which has no token: the pool, the limit's time (with kOwnCount
// where the site counts by itself), the limit, how many parts of the path are taken away, the pod, and whose
// count it is. The last three are empty for most, and kPlainPublicRow is the end.
std::string public_row(const SitePath& path, const Site& site, const Front& front) {
  const RequestLimit limit = site.limit.value_or(front.public_limit);
  const auto parts = path.strip ? fmt::to_string(std::ranges::count(path.prefix, '/')) : "";
  return fmt::format("{}|{}{}|{}|{}|{}|{}", pool_name(path.service, site.proxy_protocol),
                     site.limit ? kOwnCount : "", limit.period.count(), limit.requests, parts, site.pod,
                     site.limit ? site.name : "");
}

void add_site(const Site& site, const Front& front, std::map<std::string, FrontRows>& maps) {
  maps["hosts"][site.host] = site.name;
  maps["sites"][site.name] = site_row(site, front);
  for (const SitePath& path : site.paths) {
    maps["routes"][fmt::format("{}{}/", site.name, path.prefix)] = route_row(path, site);
    if (site.is_public)
      maps["public"][fmt::format("{}{}/", site.host, path.prefix)] = public_row(path, site, front);
  }
  for (const SiteUser& user : site.users)
    maps["access"][fmt::format("{}/{}", site.name, user.name)] =
        fmt::to_string(user.until ? user.until->time_since_epoch().count() : 0);
}

}   // namespace

std::string sources_map(const FrontPool& pool) { return "sources:" + pool.name; }

std::map<std::string, FrontRows> front_maps(const FrontPlan& plan, const std::vector<std::string>& secrets) {
  std::map<std::string, FrontRows> maps{{"hosts", {}},  {"sites", {}},  {"routes", {}},
                                        {"public", {}}, {"access", {}}, {"secrets", {}}};
  for (const Site& site : plan.sites) add_site(site, *plan.front, maps);
  for (const FrontPool& pool : plan.pools) {
    if (!pool.sources) continue;
    FrontRows& rows = maps[sources_map(pool)];
    for (const Prefix& source : *pool.sources) rows[source.to_string()] = "1";
  }
  maps["challenges"] = plan.challenges;
  for (size_t i = 0; i < secrets.size(); ++i) maps["secrets"][fmt::to_string(i)] = secrets[i];
  return maps;
}

std::string map_text(const FrontRows& rows) {
  std::string text;
  for (const auto& [key, value] : rows) text += fmt::format("{} {}\n", key, value);
  return text;
}

bool may_open(const FrontPlan& plan, std::string_view site, std::string_view user,
              std::chrono::system_clock::time_point now) {
  const auto found = std::ranges::find(plan.sites, site, &Site::name);
  if (found == plan.sites.end()) return false;
  if (found->is_public) return true;
  const auto known = std::ranges::find(found->users, user, &SiteUser::name);
  return known != found->users.end() && (!known->until || now < *known->until);
}

bool may_reach(const FrontPlan& plan, std::string_view pool, const IpAddress& client) {
  const auto found = std::ranges::find(plan.pools, pool, &FrontPool::name);
  return found == plan.pools.end() || !found->sources || contains(*found->sources, client);
}

FrontRights rights_of(const FrontPlan& plan) {
  FrontRights rights{.sites = plan.sites, .sources = {}, .carriers = plan.carriers};
  for (const FrontPool& pool : plan.pools)
    if (pool.sources) rights.sources[pool.name] = *pool.sources;
  return rights;
}

bool ends_between(const FrontPlan& plan, std::chrono::system_clock::time_point before,
                  std::chrono::system_clock::time_point now) {
  return std::ranges::any_of(plan.sites, [&](const Site& site) {
    return std::ranges::any_of(site.users, [&](const SiteUser& user) {
      return user.until && *user.until > before && *user.until <= now;
    });
  });
}

}   // namespace sluice
