// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "compile/nft/marks.hpp"
#include "model/routing.hpp"
#include "plan/parts.hpp"
#include "plan/sysctl_steps.hpp"

namespace sluice {
namespace {

// Preferences, in the order in which rules are asked. A packet's mark is what sluice found out about it; the
// device is all that ARP and sockets bound to one have. The machine's own addresses come after all VRFs,
// which have their own in their tables.
constexpr uint32_t kOnLinkRules = 1, kMainRules = 3, kMarkRules = 5, kErrorRules = 6, kCrossingRules = 7,
                   kMarkThrough = 10, kDeviceRules = 200, kDeviceThrough = 210, kHostThrough = 350,
                   kLocalRule = 400;
constexpr uint32_t kBits = 128;

constexpr Family kFamilies[] = {Family::kIpv4, Family::kIpv6};

Prefix everything(Family family) {
  return {family == Family::kIpv4 ? IpAddress() : *IpAddress::parse("::"), 0};
}

// Every machine has this one; with VRFs it stands behind theirs.
RuleRow local_rule(Family family, bool behind_vrfs) {
  return {.family = family,
          .preference = behind_vrfs ? kLocalRule : 0,
          .table = kTableLocal,
          .protocol = behind_vrfs ? kRouteProtocol : kRouteProtocolKernel};
}

class Maker {
 public:
  Maker(const Document& document, const std::set<RuleRow>& there, const std::vector<PlannedLink>& links,
        EngineKind engine, Routing& routing)
      : document_(document), there_(there), links_(links), engine_(engine), routing_(routing) {}

  void make() {
    for (const Family family : kFamilies) place_local_rule(family);
    if (!document_.vrfs.empty()) make_vrfs();
    std::ranges::sort(rules_);
    routing_.rules = {rules_.begin(), rules_.end()};
  }

 private:
  void make_vrfs() {
    keep_links_apart();
    leave_main();
    for (const Vrf& vrf : document_.vrfs) {
      add_routes(vrf);
      for (const Family family : kFamilies) {
        add_rules(vrf, family);
        if (engine_ == EngineKind::kNftables) add_crossings(vrf, family);
      }
    }
  }

  // Where somebody else has moved it already, it stays where it is. Where nobody has one (systemd-networkd
  // takes away what it does not know, and not before sluice has moved it), the gateway would answer nobody.
  void place_local_rule(Family family) {
    const RuleRow first = local_rule(family, false), behind = local_rule(family, true);
    const bool with_vrfs = !document_.vrfs.empty();
    bool is_first = false, is_elsewhere = false;
    for (const RuleRow& row : there_) {   // others' rules among them are nothing but this one
      if (row.family != family || row.protocol == kRouteProtocol) continue;
      const bool in_front = row.preference == first.preference;
      (in_front ? is_first : is_elsewhere) = true;
      if (!in_front || !with_vrfs) rules_.push_back(row);
    }
    if (with_vrfs && (is_first || there_.contains(behind) || !is_elsewhere)) rules_.push_back(behind);
    if (!with_vrfs && !is_first && there_.contains(behind)) rules_.push_back(first);
  }

  // Neighbour discovery and multicast are of one link, whichever VRF it belongs to.
  void keep_links_apart() {
    for (const char* text : {"fe80::/10", "ff00::/8"})
      for (const uint32_t table : {kTableLocal, kTableMain})
        rules_.push_back({.family = Family::kIpv6,
                          .preference = kOnLinkRules + (table == kTableMain),
                          .table = table,
                          .to = Prefix::parse(text)});
    for (const Family family : kFamilies)
      for (const uint32_t table : {kTableLocal, kTableMain})
        rules_.push_back({.family = family,
                          .preference = kMainRules + (table == kTableMain),
                          .table = table,
                          .mark = SL_VRF_MARK(SL_MAIN_VRF)});
  }

  // What the main VRF leaves to others: the packet path finds no way in the main table, and rules lead on
  // what the kernel forwards by itself.
  void leave_main() {
    for (const VrfRoute& route : document_.routes)
      routing_.routes.insert({kTableMain, route.to, RouteKind::kThrow, 0, std::nullopt});
    for (const Family family : kFamilies)
      add_through(document_.routes, {.family = family, .table = kTableMain, .mark = SL_VRF_MARK(SL_MAIN_VRF)},
                  kMarkThrough);
    lead_host();
  }

  // What the gateway itself sends has no mark, and comes from no device.
  void lead_host() {
    for (const VrfRoute& route : document_.routes)
      if (route.for_host)
        rules_.push_back({.family = route.to.address.family(),
                          .preference = kHostThrough,
                          .table = vrf_number(document_, route.through),
                          .in = "lo",
                          .to = route.to});
  }

  void add_rules(const Vrf& vrf, Family family) {
    RuleRow rule{
        .family = family, .preference = kMarkRules, .table = vrf.table, .mark = SL_VRF_MARK(vrf.table)};
    rules_.push_back(rule);
    add_through(vrf.routes, rule, kMarkThrough);
    for (const PlannedLink& link : links_) {
      if (link.wanted->vrf != vrf.name) continue;
      RuleRow in{.family = family, .preference = kDeviceRules, .table = vrf.table, .in = link.wanted->name};
      RuleRow out{.family = family, .preference = kDeviceRules, .table = vrf.table, .out = link.wanted->name};
      for (RuleRow& one : {std::ref(in), std::ref(out)}) {
        rules_.push_back(one);
        add_through(vrf.routes, one, kDeviceThrough);
      }
    }
  }

  // The kernel forwards by itself: a packet that goes on in another VRF, and the errors about it, which are
  // the machine's own and go back.
  void add_crossings(const Vrf& vrf, Family family) {
    const auto cross = [&](uint32_t mark, uint32_t at, uint32_t to) {
      rules_.push_back({.family = family, .preference = kErrorRules, .table = at, .mark = mark, .in = "lo"});
      rules_.push_back({.family = family, .preference = kCrossingRules, .table = to, .mark = mark});
    };
    cross(way_mark(vrf.table, SL_MAIN_VRF), vrf.table, kTableMain);
    cross(way_mark(SL_MAIN_VRF, vrf.table), kTableMain, vrf.table);
  }

  // What the table throws goes on to the next rules: into the main table by itself, into others by these, the
  // longest prefix first.
  void add_through(const std::vector<VrfRoute>& routes, RuleRow rule, uint32_t first) {
    for (const VrfRoute& route : routes) {
      if (route.via || route.through.empty() || route.to.address.family() != rule.family) continue;
      rule.preference = first + kBits - route.to.length;
      rule.table = vrf_number(document_, route.through);
      rule.to = route.to;
      rules_.push_back(rule);
    }
  }

  void add_routes(const Vrf& vrf) {
    for (const Family family : kFamilies) put(vrf, everything(family), RouteKind::kUnreachable);
    for (const PlannedLink& link : links_)
      if (link.wanted->vrf == vrf.name && link.seen->up) add_link(vrf, link);
    for (const VrfRoute& route : vrf.routes) add_route(vrf, route);
  }

  void add_link(const Vrf& vrf, const PlannedLink& link) {
    for (const InterfaceAddress& own : link.addresses) add_address(vrf, link, own);
    for (const Prefix& network : link.wanted->behind)
      put(vrf, network, RouteKind::kUnicast, link.seen->index);
  }

  void add_address(const Vrf& vrf, const PlannedLink& link, const InterfaceAddress& own) {
    if (own.address.is_link_local()) return;
    const uint32_t index = link.seen->index;
    const Prefix network = Prefix::of(own);
    put(vrf, Prefix::of_host(own.address), RouteKind::kLocal, index);
    if (own.length < own.address.bits()) put(vrf, network, RouteKind::kUnicast, index);
    if (own.address.is_ipv4() && own.length < 31)
      put(vrf, Prefix::of_host(network.last()), RouteKind::kBroadcast, index);
  }

  void add_route(const Vrf& vrf, const VrfRoute& route) {
    if (!route.via) return put(vrf, route.to, RouteKind::kThrow);
    const PlannedLink* link = link_towards(vrf, *route.via, links_);
    if (link && link->seen->up)
      routing_.routes.insert({vrf.table, route.to, RouteKind::kUnicast, link->seen->index, route.via});
  }

  void put(const Vrf& vrf, const Prefix& to, RouteKind kind, uint32_t index = 0) {
    routing_.routes.insert({vrf.table, to, kind, index, std::nullopt});
  }

 public:
  static const PlannedLink* link_towards(const Vrf& vrf, const IpAddress& neighbour,
                                         const std::vector<PlannedLink>& links) {
    for (const PlannedLink& link : links)
      for (const InterfaceAddress& own : link.addresses)
        if (link.wanted->vrf == vrf.name && Prefix::of(own).contains(neighbour)) return &link;
    return nullptr;
  }

 private:
  const Document& document_;
  const std::set<RuleRow>& there_;
  const std::vector<PlannedLink>& links_;
  EngineKind engine_;
  Routing& routing_;
  std::vector<RuleRow> rules_;   // there are several for each link, so they are sorted once
};

template <class Row, class Each>
void for_each_missing(const std::set<Row>& wanted, const std::set<Row>& there, Each each) {
  auto other = there.begin();
  for (const Row& row : wanted) {
    while (other != there.end() && *other < row) ++other;
    if (other == there.end() || *other != row) each(row);
  }
}

constexpr const char* kReflect[] = {"net/ipv4/fwmark_reflect", "net/ipv6/fwmark_reflect",
                                    "net/ipv4/tcp_fwmark_accept"};
// Services that know nothing of VRFs listen in all of them, as they do where there are no devices.
constexpr const char* kListenInAll[] = {"net/ipv4/tcp_l3mdev_accept", "net/ipv4/udp_l3mdev_accept"};

std::string accept_local(const std::string& link) { return "net/ipv4/conf/" + link + "/accept_local"; }

}   // namespace

Routing wanted_routing(const Document& document, const Observed& observed,
                       const std::vector<PlannedLink>& links, EngineKind engine) {
  Routing routing;
  Maker(document, observed.routing.rules, links, engine, routing).make();
  // A kernel without a family has no rule of it either.
  if (observed.sysctls.empty() || observed.sysctls.contains("net/ipv6/conf/all/forwarding")) return routing;
  std::erase_if(routing.rules, [](const RuleRow& row) { return row.family == Family::kIpv6; });
  std::erase_if(routing.routes, [](const RouteRow& row) { return !row.to.address.is_ipv4(); });
  return routing;
}

// Tables before the rules that lead to them. A network's route before the ways that begin in it, which the
// order of the rows does not see to: "via" comes last.
void plan_new_routing(const Routing& wanted, const Routing& there, Plan& plan) {
  for (const bool by_neighbour : {false, true})
    for_each_missing(wanted.routes, there.routes, [&](const RouteRow& row) {
      if (row.via.has_value() == by_neighbour) plan.steps.push_back(step::AddRoute{row});
    });
  for_each_missing(wanted.rules, there.rules,
                   [&](const RuleRow& row) { plan.steps.push_back(step::AddRule{row}); });
}

void plan_old_routing(const Routing& wanted, const Routing& there, Plan& plan) {
  for_each_missing(there.rules, wanted.rules,
                   [&](const RuleRow& row) { plan.steps.push_back(step::RemoveRule{row}); });
  for_each_missing(there.routes, wanted.routes,
                   [&](const RouteRow& row) { plan.steps.push_back(step::RemoveRoute{row}); });
}

std::vector<std::string> routes_without_device(const Document& document,
                                               const std::vector<PlannedLink>& links) {
  std::vector<std::string> sentences;
  for (const Vrf& vrf : document.vrfs)
    for (const VrfRoute& route : vrf.routes)
      if (route.via && !Maker::link_towards(vrf, *route.via, links))
        sentences.push_back(fmt::format("route to {} of VRF \"{}\": {} is in none of its networks",
                                        route.to.to_string(), vrf.name, route.via->to_string()));
  return sentences;
}

void plan_vrf_settings(const Document& document, const Observed& observed, Plan& plan) {
  if (document.vrfs.empty()) return;
  SysctlSteps sysctls(observed.sysctls, plan);
  for (const char* path : kReflect) sysctls.set(path, "1");
  if (observed.findings.vrf_devices)
    for (const char* path : kListenInAll) sysctls.set(path, "1");
  // Another VRF's address of the gateway is a stranger's here.
  const auto accept = [&](const std::string& name) {
    if (const auto link = observed.links.find(name); link != observed.links.end())
      sysctls.set(link->second, {"ipv4", "accept_local"}, "1");
  };
  for (const Interface& interface : document.interfaces)
    if (!interface.vrf.empty()) accept(interface.name);
  for (const Vrf& vrf : document.vrfs) accept(vrf.name);
}

std::vector<std::string> vrf_sysctl_paths(const std::map<std::string, ObservedLink>& links) {
  std::vector<std::string> paths(std::begin(kReflect), std::end(kReflect));
  paths.insert(paths.end(), std::begin(kListenInAll), std::end(kListenInAll));
  for (const auto& [name, link] : links) paths.push_back(accept_local(name));
  return paths;
}

}   // namespace sluice
