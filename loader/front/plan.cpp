// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/plan.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/number.hpp"

namespace sluice {
namespace {

ServerState state_of(MemberState state) {
  switch (state) {
    case MemberState::kServes: return ServerState::kReady;
    case MemberState::kDown: return ServerState::kMaint;
    case MemberState::kReserve:
    case MemberState::kDraining:
    case MemberState::kForbidden:
    case MemberState::kSlower: break;
  }
  return ServerState::kDrain;
}

// HAProxy can change the servers of these while it runs.
std::string balance_of(const PublishedService& service) {
  if (service.by_source || service.balance == Balance::kMaglev) return "source";
  return service.balance == Balance::kLeastConnections ? "leastconn" : "roundrobin";
}

Endpoint place_of(const Member& member, uint16_t service_port) {
  return {member.to, member.port ? member.port : service_port};
}

FrontServer server_of(const Member& member, uint16_t service_port) {
  const Endpoint address = place_of(member, service_port);
  return {.name = fmt::format("{}:{}:{}:{}", member.backend, member.underlay, address.address.to_string(),
                              address.port),
          .address = address,
          .vrf = member.vrf,
          .device = {},
          .weight = member.weight,
          .state = state_of(member.state)};
}

// A service that listens in both families leads to an address by either: who serves in one serves here.
void add_server(FrontServer server, std::vector<FrontServer>& servers) {
  const auto known = std::ranges::find(servers, server.name, &FrontServer::name);
  if (known == servers.end())
    servers.push_back(std::move(server));
  else if (server.state == ServerState::kReady)
    known->state = ServerState::kReady;
}

FrontPool pool_of(const PublishedService& service, bool proxy_protocol, const Document& document) {
  FrontPool pool{.name = pool_name(service.name, proxy_protocol),
                 .balance = balance_of(service),
                 .proxy_protocol = proxy_protocol,
                 .servers = {},
                 .sources = {}};
  if (!service.source.any()) pool.sources = resolve(service.source, document);
  for (const Forward& forward : document.forwards) {
    if (!forward.service || forward.name != service.name) continue;
    for (const Member& member : forward.service->members)
      add_server(server_of(member, service.ports.front().first), pool.servers);
  }
  return pool;
}

FrontPool pool_of(const Pod& pod, const PodService& service) {
  const Endpoint address{*pod.address, service.port};
  FrontPool pool{.name = pool_name(pod_service_name(pod.name, service.name), false),
                 .balance = "roundrobin",
                 .proxy_protocol = false,
                 .servers = {},
                 .sources = {}};
  pool.servers.push_back({.name = fmt::format("pod:{}:{}", address.address.to_string(), address.port),
                          .address = address,
                          .vrf = {},
                          .device = {}});
  return pool;
}

using Pools = std::map<std::string, FrontPool>;

// Of the services of pods that have a site.
void add_pools_of_pods(const Document& document, Pools& pools) {
  std::set<std::string_view> sites;
  for (const Site& site : document.sites)
    if (!site.pod.empty()) sites.insert(site.name);
  for (const Pod& pod : document.pods)
    for (const PodService& service : pod.services)
      if (pod.address && sites.contains(pod_service_name(pod.name, service.name))) {
        FrontPool pool = pool_of(pod, service);
        pools.emplace(pool.name, std::move(pool));
      }
}

void add_carriers(const Balancing& balancing, uint16_t service_port, std::vector<Endpoint>& carriers) {
  for (const Member& member : balancing.members)
    if (!ends_flows(balancing, member, IPPROTO_TCP)) carriers.push_back(place_of(member, service_port));
}

// Of services that no site has, too: what a site opened when it had them goes on.
std::map<std::string, std::vector<Endpoint>> all_carriers(const Document& document) {
  std::map<std::string, std::vector<Endpoint>> carriers;
  std::map<std::string_view, uint16_t> ports;
  for (const PublishedService& service : document.services) ports[service.name] = service.ports.front().first;
  std::set<const Balancing*> seen;   // listeners share what they lead to
  for (const Forward& forward : document.forwards)
    if (const auto port = ports.find(forward.name);
        forward.service && port != ports.end() && seen.insert(forward.service.get()).second)
      add_carriers(*forward.service, port->second, carriers[forward.name]);
  for (const Pod& pod : document.pods)
    for (const PodService& service : pod.services)
      if (pod.address) carriers[pod_service_name(pod.name, service.name)] = {{*pod.address, service.port}};
  return carriers;
}

// "BACKEND:UNDERLAY:ADDRESS:PORT", or of a pod "pod:ADDRESS:PORT".
std::optional<Endpoint> place_in(std::string_view server, bool is_of_pod) {
  for (int names = is_of_pod ? 1 : 2; names > 0; --names) {
    const size_t colon = server.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    server.remove_prefix(colon + 1);
  }
  const size_t colon = server.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto address = IpAddress::parse(server.substr(0, colon));
  const auto port = whole_number<uint16_t>(server.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

bool is_below(std::string_view name, std::string_view zone) {
  return name == zone || (name.ends_with(zone) && name.substr(0, name.size() - zone.size()).ends_with('.'));
}

bool is_in_zone(const std::optional<AcmeDns>& dns, std::string_view name) {
  return dns && std::ranges::any_of(dns->zones, [&](const auto& zone) { return is_below(name, zone); });
}

// One certificate serves all sites of the domain where its zone can be changed.
std::vector<OrderedName> ordered_names(const Front& front, const std::vector<Site>& sites) {
  std::map<std::string, bool> names;
  const bool has_wildcard = !front.domain.empty() && is_in_zone(front.acme->dns, front.domain);
  for (const Site& site : sites) {
    const size_t dot = std::min(site.host.find('.'), site.host.size());
    if (has_wildcard && site.host.substr(std::min(dot + 1, site.host.size())) == front.domain)
      names["*." + front.domain] = true;
    else
      names[site.host] = is_in_zone(front.acme->dns, site.host);
  }
  std::vector<OrderedName> ordered;
  for (const auto& [name, by_dns] : names) ordered.push_back({name, by_dns});
  return ordered;
}

}   // namespace

std::string pool_name(std::string_view service, bool proxy_protocol) {
  return fmt::format("{}{}", proxy_protocol ? "proxied:" : "pool:", service);
}

bool is_pool(std::string_view backend) {
  return backend.starts_with("pool:") || backend.starts_with("proxied:");
}

bool carries(const FrontPlan& plan, std::string_view pool, std::string_view server) {
  const std::string_view service = pool.substr(std::min(pool.find(':') + 1, pool.size()));
  const auto place = place_in(server, service.starts_with(pod_set("")));
  const auto carriers = plan.carriers.find(std::string(service));
  return place && carriers != plan.carriers.end() &&
         std::ranges::find(carriers->second, *place) != carriers->second.end();
}

FrontPlan front_plan(const Document& document) {
  FrontPlan plan;
  if (!document.front) return plan;
  plan.front = document.front;
  plan.sites = document.sites;
  plan.carriers = all_carriers(document);
  if (plan.front->acme) plan.ordered = ordered_names(*plan.front, plan.sites);
  Pools pools;
  add_pools_of_pods(document, pools);
  for (const Site& site : document.sites)
    for (const SitePath& path : site.paths) {
      const auto service = std::ranges::find(document.services, path.service, &PublishedService::name);
      if (service == document.services.end()) continue;
      const std::string name = pool_name(service->name, site.proxy_protocol);
      if (!pools.contains(name)) pools.emplace(name, pool_of(*service, site.proxy_protocol, document));
    }
  for (auto& [name, pool] : pools) plan.pools.push_back(std::move(pool));
  return plan;
}

std::vector<std::chrono::seconds> limit_periods(const FrontPlan& plan) {
  std::set<std::chrono::seconds> periods{plan.front->user_limit.period};
  for (const Site& site : plan.sites)
    if (site.limit) periods.insert(site.limit->period);
  return {periods.begin(), periods.end()};
}

}   // namespace sluice
