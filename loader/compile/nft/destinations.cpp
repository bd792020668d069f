// SPDX-License-Identifier: GPL-2.0-or-later
// Destinations: forwards by their maps; static mappings by address or prefix.
#include "compile/nft/bridges.hpp"
#include "compile/nft/context.hpp"
#include "model/routing.hpp"

namespace sluice::nft {
namespace {

// The packet at hand, before its destination is translated.
std::vector<json> arriving_key(Family family, json protocol) {
  return {destination(family), std::move(protocol), payload("th", "dport")};
}

// The VRF that the outside of a static mapping lies in.
uint16_t view_of(const Compiler& c, size_t mapping) {
  return static_cast<uint16_t>(c.numbers.static_in[mapping].first.tag);
}

json to_address(Family family, json address) {
  return {{"dnat", {{"family", protocol_of(family)}, {"addr", std::move(address)}}}};
}

// Prefixes stand in a rule, so that of each VRF in a rule of its own.
void compile_static_networks(Compiler& c, NftChain& chain, Family family) {
  std::map<uint16_t, std::vector<json>> networks;
  for (size_t i = 0; i < c.document.static_mappings.size(); ++i) {
    const StaticMapping& s = c.document.static_mappings[i];
    if (s.outside.address.family() == family && s.outside.length != s.outside.address.bits())
      networks[view_of(c, i)].push_back(json::array({prefix(s.outside), prefix(s.inside)}));
  }
  for (auto& [view, list] : networks) {
    std::vector<json> rule{one_to_one("dnat", family, destination(family), std::move(list))};
    if (c.has_vrfs()) rule.insert(rule.begin(), match(meta("mark"), vrf_mark(view)));
    add(chain, rule);
  }
}

void compile_static_hosts(Compiler& c, NftChain& chain, Family family) {
  NftSet hosts{.name = c.by_view("static_to", family),
               .kind = {{"type", c.type_in_view({type_of(family)})}, {"map", type_of(family)}}};
  for (size_t i = 0; i < c.document.static_mappings.size(); ++i) {
    const StaticMapping& s = c.document.static_mappings[i];
    if (s.outside.address.family() == family && s.outside.length == s.outside.address.bits())
      put(hosts, json::array({c.in_view(view_of(c, i), {s.outside.address.to_string()}),
                              s.inside.address.to_string()}));
  }
  if (hosts.elements.empty()) return;
  add(chain, {to_address(family, lookup(c.in_view({destination(family)}), at(hosts.name)))});
  c.rules.sets.push_back(std::move(hosts));
}

void add_forward_leads(Compiler& c, NftChain& chain, Family family) {
  for (const char* map : {"forward_leads", "forward_leads_range"})
    if (const std::string name = c.by_view(map, family); c.has_set(name))
      add(chain, {match(meta("l4proto"), any_of({"tcp", "udp"})),
                  set_to(meta("mark"), lookup(c.in_view(asked_key(family)), at(name))), leave()});
}

// Hosts before networks, as they are translated.
void add_static_leads(Compiler& c, NftChain& chain, Family family) {
  NftSet hosts{.name = c.by_view("static_leads", family),
               .kind = {{"type", c.type_in_view({type_of(family)})}, {"map", "mark"}}};
  NftChain networks;
  const json asked = ct_address("original", "daddr", family);
  for (size_t i = 0; i < c.document.static_mappings.size(); ++i) {
    const StaticMapping& s = c.document.static_mappings[i];
    if (s.outside.address.family() != family) continue;
    const uint32_t leads = vrf_mark(vrf_number(c.document, s.vrf));
    if (s.outside.length == s.outside.address.bits())
      put(hosts, json::array({c.in_view(view_of(c, i), {s.outside.address.to_string()}), leads}));
    else
      add(networks, {match(meta("mark"), vrf_mark(view_of(c, i))), match(asked, prefix(s.outside)),
                     set_to(meta("mark"), leads), leave()});
  }
  if (!hosts.elements.empty()) {
    add(chain, {set_to(meta("mark"), lookup(c.in_view({asked}), at(hosts.name))), leave()});
    c.rules.sets.push_back(std::move(hosts));
  }
  std::move(networks.rules.begin(), networks.rules.end(), std::back_inserter(chain.rules));
}

// A translated destination is looked for in the VRF that the rule leads to.
void compile_leads(Compiler& c) {
  if (!c.has_vrfs()) return;
  NftChain chain{std::string(kTranslated), nullptr, {}};
  for (const Family family : kFamilies) {
    add_forward_leads(c, chain, family);
    add_static_leads(c, chain, family);
  }
  c.rules.chains.push_back(std::move(chain));
}

}   // namespace

void add_forward_rules(const Compiler& c, NftChain& chain, Family family, const json& mark) {
  const json key = c.in_view(mark, arriving_key(family, meta("l4proto")));
  const std::string to = c.by_view("forward_to", family), port = c.by_view("forward_port", family),
                    range = c.by_view("forward_range", family);
  if (c.has_set(port)) {
    json statement = to_address(family, lookup(key, at(to)));
    statement["dnat"]["port"] = lookup(key, at(port));
    add(chain, {std::move(statement)});
  }
  if (c.has_set(to)) add(chain, {to_address(family, lookup(key, at(to)))});
  if (const std::string service = c.by_view("service_range", family); c.has_set(service))
    add(chain, {branch(c.in_view(mark, arriving_key(family, protocol_in_key())), at(service))});
  if (c.has_set(range))
    add(chain,
        {to_address(family, lookup(c.in_view(mark, arriving_key(family, protocol_in_key())), at(range)))});
}

// The part of the address that the prefix does not name stays.
json one_to_one(std::string_view kind, Family family, json address, std::vector<json> networks) {
  return {{kind,
           {{"family", protocol_of(family)},
            {"addr", lookup(std::move(address), any_of(std::move(networks)))},
            {"flags", {"netmap"}},
            {"type_flags", {"prefix"}}}}};
}

std::vector<json> asked_key(Family family) {
  return {ct_address("original", "daddr", family), protocol_in_key(), ct("proto-dst", "original")};
}

std::vector<json> forwarded_key(Family family) {
  std::vector<json> key = asked_key(family);
  key.push_back(ct_address("reply", "saddr", family));
  key.push_back(ct("proto-src", "reply"));
  return key;
}

void compile_destinations(Compiler& c) {
  NftChain chain{
      "destination_nat", {{"type", "nat"}, {"hook", "prerouting"}, {"prio", -100}, {"policy", "accept"}}, {}};
  add(chain, {unlike(meta("iif"), at("managed")), accept()});
  leave_frames_alone(c, chain);
  for (const Family family : kFamilies) {
    add_forward_rules(c, chain, family, meta("mark"));
    compile_static_hosts(c, chain, family);
    compile_static_networks(c, chain, family);
  }
  c.rules.chains.push_back(std::move(chain));
  compile_leads(c);
}

}   // namespace sluice::nft
