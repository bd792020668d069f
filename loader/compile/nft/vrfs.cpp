// SPDX-License-Identifier: GPL-2.0-or-later
// VRFs: whose packet it is, which entries of connection tracking it can belong to, in whose addresses and
// routes its destination is looked for, and which way it goes on. Nothing of it where the document has none.
#include <fmt/format.h>

#include "compile/nft/bridges.hpp"
#include "compile/nft/context.hpp"
#include "model/routing.hpp"

namespace sluice::nft {
namespace {

// VRFs that lead into another one, or are led into, by an address of the gateway in them.
std::set<uint16_t> find_asked_vrfs(const Compiler& c) {
  std::set<uint16_t> asked;
  for (const auto& [key, row] : c.numbers.forwards)
    if (key.vrf != row.vrf) asked.insert(key.vrf);
  for (const auto& [key, row] : c.numbers.static_in)
    if (key.tag != row.vrf) asked.insert(static_cast<uint16_t>(key.tag));
  const auto zones = static_cast<uint16_t>(c.numbers.zones.size());
  for (uint16_t from = 1; from < zones; ++from)
    for (uint16_t to = 1; to < zones; ++to)
      if ((c.pair(from, to).masquerade4 || c.pair(from, to).masquerade6) && c.vrf_of(from) != c.vrf_of(to))
        asked.insert(c.vrf_of(to));
  asked.erase(SL_MAIN_VRF);
  return asked;
}

constexpr std::string_view kWithin = "within_vrf", kAtGateway = "at_gateway";

std::string through_chain(uint16_t vrf) { return fmt::format("through_{}", vrf); }

void compile_vrf_addresses(Compiler& c) {
  for (const Family family : kFamilies) {
    NftSet own{.name = named("vrf_addresses", family), .kind = {{"type", {"mark", type_of(family)}}}};
    for (const auto& [key, local] : c.numbers.local_addr)
      if (const IpAddress address = address_of(key.address); address.family() == family)
        put(own, concat({vrf_mark(static_cast<uint16_t>(key.tag)), address.to_string()}));
    c.rules.sets.push_back(std::move(own));
  }
}

void compile_vrf_devices(Compiler& c) {
  NftSet of_device{.name = "vrf_of_device", .kind = {{"type", "iface_index"}, {"map", "mark"}}};
  NftSet devices{.name = "vrf_devices", .kind = {{"type", {"mark", "iface_index"}}}};
  for (const auto& [index, row] : c.numbers.interfaces) {
    put(of_device, json::array({index, vrf_mark(row.vrf)}));
    put(devices, concat({vrf_mark(row.vrf), index}));
  }
  c.rules.sets.push_back(std::move(of_device));
  c.rules.sets.push_back(std::move(devices));
}

// Of a flow by its pair of zones: what came in by the one zone goes on into the VRF of the other.
void compile_ways(Compiler& c) {
  const json kind = {{"type", "mark"}, {"map", "mark"}};
  NftSet there{.name = "ways_there", .kind = kind}, back{.name = "ways_of_answers", .kind = kind};
  for (size_t number = 1; number < c.rules.pairs.size(); ++number) {
    const auto [from, to] = c.rules.pairs[number];
    if (from == 0 && to == 0) continue;
    const uint16_t a = c.vrf_of(from ? from : to), b = c.vrf_of(to ? to : from);
    const auto pair = static_cast<uint32_t>(number << kMarkObjectBits);
    put(there, json::array({pair, way_mark(a, b)}));
    put(back, json::array({pair, way_mark(b, a)}));
  }
  NftChain& chain = c.chain(kWayOn);
  for (const auto& [direction, set] : {std::pair{"original", &there}, {"reply", &back}})
    add(chain, {match(ct("direction"), direction),
                set_to(meta("mark"), lookup(bits(ct("mark"), kMarkOfPair), at(set->name)))});
  add(chain, {accept()});
  c.rules.sets.push_back(std::move(there));
  c.rules.sets.push_back(std::move(back));
}

// The zone of connection tracking has the number of the VRF.
json zone_by_mark(const Compiler& c, json zone, const std::set<uint16_t>* only = nullptr) {
  std::vector<json> numbers;
  for (const Vrf& vrf : c.document.vrfs)
    if (!only || only->contains(vrf.table)) numbers.push_back(json::array({vrf_mark(vrf.table), vrf.table}));
  return set_to(std::move(zone), lookup(meta("mark"), any_of(std::move(numbers))));
}

// Too many addresses to be the gateway's, which are routed to it.
void add_asked_networks(const Compiler& c, NftChain& chain) {
  for (size_t i = 0; i < c.document.static_mappings.size(); ++i) {
    const auto vrf = static_cast<uint16_t>(c.numbers.static_in[i].first.tag);
    const Prefix& outside = c.document.static_mappings[i].outside;
    if (c.rules.asked_vrfs.contains(vrf) && outside.length < outside.address.bits())
      add(chain, {match(meta("mark"), vrf_mark(vrf)),
                  match(destination(outside.address.family()), prefix(outside)), go(kAtGateway)});
  }
}

// Which entries a packet of a VRF can belong to. What stays in it is all its own. What leaves it is told
// apart by zone at its beginning only: its answers come to an address of another VRF, where nobody knows it.
void compile_zones(Compiler& c) {
  const std::set<uint16_t>& asked = c.rules.asked_vrfs;
  add(c.chain(kWithin), {zone_by_mark(c, ct("zone")), accept()});
  NftChain& own = c.chain(kAtGateway);
  if (!asked.empty()) add(own, {zone_by_mark(c, ct("zone", "original"), &asked), accept()});
  add(own, {go(kWithin)});
  NftChain& hook =
      c.hook("vrf_of_packet",
             {{"type", "filter"}, {"hook", "prerouting"}, {"prio", kBeforeFragments}, {"policy", "accept"}});
  add(hook, {mark_of_arrival()});
  add(hook, {match(meta("mark"), vrf_mark(SL_MAIN_VRF)), accept()});
  add(hook, {unlike(meta("iif"), at("managed")), accept()});
  add(hook, {unlike(meta("pkttype"), "host"), go(kWithin)});
  add(hook, {match(destination(Family::kIpv6), prefix(*Prefix::parse("fe80::/10"))), go(kWithin)});
  for (const Family family : kFamilies)
    add(hook, {match(concat({meta("mark"), destination(family)}), at(named("vrf_addresses", family))),
               go(kAtGateway)});
  add_asked_networks(c, hook);
  add(hook, {match(concat({meta("mark"), c.way_to("daddr")}), at("vrf_devices")), go(kWithin)});
  add(hook, {zone_by_mark(c, ct("zone", "original"))});
}

json zone_by_device(const Compiler& c, json zone, const std::set<uint16_t>& asked, bool of_asked) {
  std::vector<json> numbers;
  for (const auto& [index, row] : c.numbers.interfaces)
    if (row.vrf != SL_MAIN_VRF && asked.contains(row.vrf) == of_asked)
      numbers.push_back(json::array({index, row.vrf}));
  return numbers.empty() ? json() : set_to(std::move(zone), lookup(meta("oif"), any_of(std::move(numbers))));
}

// The same of an answer that was sent into a VRF by its mark (answers.cpp): the device that hooks of
// output know is still the one before.
json zone_by_own_mark(const Compiler& c, json zone, bool of_asked) {
  std::vector<json> numbers;
  for (const Vrf& vrf : c.document.vrfs)
    if (c.rules.asked_vrfs.contains(vrf.table) == of_asked)
      numbers.push_back(json::array({vrf_mark(vrf.table), vrf.table}));
  return numbers.empty() ? json() : set_to(std::move(zone), lookup(meta("mark"), any_of(std::move(numbers))));
}

// The gateway's own packets.
void compile_own_zones(Compiler& c) {
  const std::set<uint16_t>& asked = c.rules.asked_vrfs;
  NftChain& hook =
      c.hook("vrf_of_own_packet",
             {{"type", "filter"}, {"hook", "output"}, {"prio", kBeforeFragments}, {"policy", "accept"}});
  for (const bool of_asked : {true, false})
    if (json statement = zone_by_device(c, of_asked ? ct("zone", "original") : ct("zone"), asked, of_asked);
        !statement.is_null())
      add(hook, {std::move(statement), accept()});
  for (const bool of_asked : {true, false})
    if (json statement = zone_by_own_mark(c, of_asked ? ct("zone", "original") : ct("zone"), of_asked);
        !statement.is_null())
      add(hook, {std::move(statement), accept()});
  // Flows to the gateway whose answers would look alike get other ports, for which there must be a NAT chain.
  if (!asked.empty())
    c.hook("answers_differ", {{"type", "nat"}, {"hook", "input"}, {"prio", 100}, {"policy", "accept"}});
}

// The longest prefix first. A route of the VRF itself was asked for before.
void compile_through(Compiler& c, uint16_t vrf, const std::vector<VrfRoute>& all) {
  std::vector<VrfRoute> routes;
  for (const VrfRoute& route : all)
    if (!route.via) routes.push_back(route);
  std::stable_sort(routes.begin(), routes.end(),
                   [](const VrfRoute& a, const VrfRoute& b) { return a.to.length > b.to.length; });
  NftChain& chain = c.chain(through_chain(vrf));
  for (const VrfRoute& route : routes) {
    const Family family = route.to.address.family();
    const json which =
        route.to.length == 0 ? of_family(family) : match(destination(family), prefix(route.to));
    add(chain, {which, set_to(meta("mark"), vrf_mark(vrf_number(c.document, route.through))), accept()});
  }
}

// Destinations that its own VRF leaves to another one are looked for there, as if it came in there.
void compile_view(Compiler& c) {
  std::vector<json> leaves;
  const auto leave = [&](uint16_t vrf, const std::vector<VrfRoute>& routes) {
    compile_through(c, vrf, routes);
    leaves.push_back(json::array({vrf_mark(vrf), go(through_chain(vrf))}));
  };
  if (!c.document.routes.empty()) leave(SL_MAIN_VRF, c.document.routes);
  for (const Vrf& vrf : c.document.vrfs) leave(vrf.table, vrf.routes);
  NftChain& chain = c.chain(kView);
  for (const Family family : kFamilies)
    add(chain,
        {match(concat({meta("mark"), destination(family)}), at(named("vrf_addresses", family))), accept()});
  add(chain, {match(concat({meta("mark"), c.way_to("daddr")}), at("vrf_devices")), accept()});
  add(chain, {branch(meta("mark"), any_of(std::move(leaves)))});
}

// Who sends is asked by the routes of the VRF that it came in by, so before the destination is looked for.
void compile_first_packets(Compiler& c) {
  NftChain& hook = c.hook(
      "arrival_in_vrf",
      {{"type", "filter"}, {"hook", "prerouting"}, {"prio", kBeforeTranslation}, {"policy", "accept"}});
  add(hook, {is_in(ct("state"), "established"), c.in_force(), accept()});
  add(hook, {unlike(meta("iif"), at("managed")), accept()});
  leave_frames_alone(c, hook);
  pass_own_copies(hook);
  ask_what_is_essential(hook);
  add(hook, {go(kSender)});
}

}   // namespace

void compile_vrfs(Compiler& c) {
  if (!c.has_vrfs()) return;
  c.rules.asked_vrfs = find_asked_vrfs(c);
  compile_vrf_addresses(c);
  compile_vrf_devices(c);
  compile_ways(c);
  compile_zones(c);
  compile_own_zones(c);
  compile_view(c);
  compile_first_packets(c);
}

}   // namespace sluice::nft
