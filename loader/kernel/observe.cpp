// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/observe.hpp"

#include "kernel/memory.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/queues.hpp"
#include "kernel/netlink/routes.hpp"
#include "kernel/netlink/rules.hpp"
#include "kernel/sysctl/sysctl.hpp"
#include "plan/plan_forwarding.hpp"
#include "plan/plan_link_settings.hpp"
#include "plan/plan_routing.hpp"

namespace sluice {

namespace {

std::string conf(const char* family, const std::string& link, const char* setting) {
  return std::string("net/") + family + "/conf/" + link + "/" + setting;
}

Result<std::map<std::string, ObservedLink>> observe_links() {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  std::map<uint32_t, std::vector<ObservedAddress>> by_index;
  std::map<std::string, ObservedLink> links;
  auto found = TRY(list_links(rtnl));
  for (const LinkAddress& own : TRY(list_addresses(rtnl))) by_index[own.index].push_back(own.address);
  for (ObservedLink& link : found) {
    link.addresses = std::move(by_index[link.index]);
    links.emplace(link.name, std::move(link));
  }
  return links;
}

Result<Routing> observe_routing(std::set<uint32_t>& default_ways) {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  Routing routing;
  default_ways = TRY(list_default_ways(rtnl));
  routing.routes = TRY(list_own_routes(rtnl));
  routing.rules = TRY(list_own_rules(rtnl));
  return routing;
}

Result<> observe_queues(Observed& observed) {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  DeviceQueues found = TRY(list_queues(rtnl));
  for (const auto& [name, link] : observed.links) {
    if (const auto own = found.own.find(link.index); own != found.own.end())
      observed.queues[name] = std::move(own->second);
    if (const auto other = found.other.find(link.index); other != found.other.end())
      observed.other_queues[name] = std::move(other->second);
  }
  return {};
}

Result<std::map<std::string, std::string>> observe_sysctls(const std::vector<std::string>& paths) {
  std::map<std::string, std::string> values;
  for (const std::string& path : paths) {
    if (auto value = TRY(read_sysctl(path))) values.emplace(path, std::move(*value));
  }
  return values;
}

void claim_marked(Observed& observed) {
  for (const auto& [name, link] : observed.links) {
    if (link.marked) observed.owned_links[name] = {link.kind, link.index};
    for (const ObservedAddress& own : link.addresses)
      if (own.marked) observed.owned_addresses.emplace(name, own.address);
  }
}

}   // namespace

std::vector<std::string> observed_sysctl_paths(const std::map<std::string, ObservedLink>& links) {
  std::vector<std::string> paths{"net/ipv4/ip_forward", conf("ipv4", "all", "rp_filter")};
  for (const std::string& path : conntrack_sysctl_paths()) paths.push_back(path);
  for (const std::string& path : vrf_sysctl_paths(links)) paths.push_back(path);
  for (const auto& [name, link] : links) paths.push_back(conf("ipv6", name, "accept_ra"));
  for (const char* family : {"ipv4", "ipv6"}) {
    for (const char* scope : {"all", "default"}) paths.push_back(conf(family, scope, "forwarding"));
    for (const auto& [name, link] : links) paths.push_back(conf(family, name, "forwarding"));
  }
  for (const auto& [name, link] : links) paths.push_back(conf("ipv4", name, "rp_filter"));
  for (std::string& path : link_setting_paths(links)) paths.push_back(std::move(path));
  return paths;
}

Result<Observed> observe_network() {
  Observed observed;
  observed.links = TRY_TO("look at the network", observe_links());
  claim_marked(observed);
  observed.routing = TRY_TO("look at the network", observe_routing(observed.default_ways));
  TRY_TO("look at the network", observe_queues(observed));
  const Memory memory = TRY(read_memory());
  observed.memory = memory.total;
  observed.memory_available = memory.available;
  observed.sysctls = TRY_TO("look at the network", observe_sysctls(observed_sysctl_paths(observed.links)));
  return observed;
}

}   // namespace sluice
