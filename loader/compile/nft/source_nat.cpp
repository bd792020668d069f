// SPDX-License-Identifier: GPL-2.0-or-later
// Sources: static mappings backwards, masquerades, and hairpins. Every way out of here that would leave an
// inside address untranslated ends in a drop.
#include <fmt/format.h>

#include <set>

#include "base/fnv.hpp"
#include "compile/nft/masquerades.hpp"
#include "model/routing.hpp"

namespace sluice::nft {
namespace {

class SourceNat {
 public:
  explicit SourceNat(Compiler& c) : c_(c), masquerades_(c) {}

  // What packets from `from` become outside, in zone `outside`; nothing to do: the chain stays as it is.
  void translate(NftChain& chain, uint16_t from, uint16_t outside, Family family, uint32_t device) {
    const uint32_t masquerade = masquerade_of(c_.pair(from, outside), family);
    add_static(chain, {from, outside}, masquerade != 0, family);
    if (masquerade) add(chain, {of_family(family), go(masquerades_.chain(masquerade, family, device))});
  }

  // Both ends are in one zone: the receiver sees the sender's outside address (RFC 4787 REQ-9).
  void hairpin(NftChain& chain, uint16_t zone, Family family) {
    const std::string name = fmt::format("{}_{}", suffix_of(family), c_.numbers.zones[zone]);
    branch_by_asked(chain, family, {name, zone, c_.views_of(c_.vrf_of(zone)), false});
  }

  // So does who is asked for in another VRF, where the sender's own address may be somebody else's.
  void ask_elsewhere(NftChain& chain, uint16_t zone, Family family) {
    std::vector<uint16_t> views = c_.views_of(c_.vrf_of(zone));
    views.erase(views.begin());
    const std::string name = fmt::format("{}_{}/elsewhere", suffix_of(family), c_.numbers.zones[zone]);
    branch_by_asked(chain, family, {name, zone, views, true});
  }

 private:
  using Where = std::pair<uint16_t, uint32_t>;   // zone and device of an outside address; 0: it is on none
  struct Asking {
    std::string name;              // of the maps
    uint16_t zone;                 // who asks
    std::vector<uint16_t> views;   // where
    bool decided;                  // where nothing is to be done, nothing else is either
  };

  // By the outside address that was asked for.
  void branch_by_asked(NftChain& chain, Family family, const Asking& asking) {
    NftSet hosts{.name = "hairpin" + asking.name, .kind = {{"type", type_of(family)}, {"map", "verdict"}}};
    NftSet networks{.name = "hairpin_networks" + asking.name, .kind = hosts.kind};
    networks.kind["flags"] = {"interval"};
    for (const auto& [address, where] : outside_addresses(family, asking.views)) {
      if (asking.decided && !where.second) continue;
      const std::string target = hairpin_chain(asking, where, family);
      if (!target.empty() || asking.decided)
        put(address.is_string() ? hosts : networks,
            json::array({address, target.empty() ? leave() : go(target)}));
    }
    for (NftSet* map : {&hosts, &networks}) {
      if (map->elements.empty()) continue;
      add(chain,
          {is_in(ct("status"), "dnat"), branch(ct_address("original", "daddr", family), at(map->name))});
      if (!c_.has_set(map->name)) c_.rules.sets.push_back(std::move(*map));
    }
  }

  // Where forwards listen, and static mappings answer.
  std::vector<std::pair<json, Where>> outside_addresses(Family family,
                                                        const std::vector<uint16_t>& views) const {
    std::vector<std::pair<json, Where>> list;
    std::set<std::string> seen;
    for (const uint16_t view : views) {
      add_listeners(family, view, seen, list);
      add_mapped(family, view, seen, list);
    }
    return list;
  }

  void add_listeners(Family family, uint16_t view, std::set<std::string>& seen,
                     std::vector<std::pair<json, Where>>& list) const {
    for (const auto& [key, row] : c_.numbers.forwards) {
      const IpAddress address = address_of(key.address);
      if (key.vrf == view && address.family() == family && seen.insert(address.to_string()).second)
        list.emplace_back(address.to_string(), Where{row.zone, row.ifindex});
    }
  }

  void add_mapped(Family family, uint16_t view, std::set<std::string>& seen,
                  std::vector<std::pair<json, Where>>& list) const {
    for (const auto& [key, row] : c_.numbers.static_in) {
      const IpAddress address = address_of(key.address);
      const auto length = static_cast<uint8_t>(key.prefixlen - 32 - (address.is_ipv4() ? 96 : 0));
      if (key.tag != view || address.family() != family) continue;
      const bool host = length == address.bits();
      const std::string text = host ? address.to_string() : Prefix{address, length}.to_string();
      if (seen.contains(address.to_string()) || !seen.insert(text).second) continue;
      list.emplace_back(host ? json(text) : prefix({address, length}), Where{row.zone, row.ifindex});
    }
  }

  std::string hairpin_chain(const Asking& asking, const Where& where, Family family) {
    const auto [outside, device] = where;
    const bool masqueraded = device && masquerade_of(c_.pair(asking.zone, outside), family);
    NftChain chain{fmt::format("hairpin{}_{}_{}", suffix_of(family), c_.numbers.zones[asking.zone], device),
                   nullptr,
                   {}};
    if (asking.decided && !masqueraded) chain.name += "/elsewhere";
    if (hairpins_.contains(chain.name)) return chain.name;
    if (device) translate(chain, asking.zone, outside, family, device);
    if (!asking.decided && !masqueraded) by_own_address(chain, asking.zone, family, device);
    if (chain.rules.empty()) return "";
    hairpins_.insert(chain.name);
    std::string name = chain.name;
    c_.rules.chains.push_back(std::move(chain));
    return name;
  }

  // by_own_address() in bpf/nat/translate.h
  void by_own_address(NftChain& chain, uint16_t zone, Family family, uint32_t device) {
    std::vector<json> rule = over_one_link(zone);
    rule.push_back(go(masquerades_.chain(c_.numbers.header.own_address, family, device)));
    add(chain, rule);
  }

  // Netfilter shows the device of a VRF in place of the link: there the whole zone counts as one.
  std::vector<json> over_one_link(uint16_t zone) {
    if (c_.vrf_of(zone) != SL_MAIN_VRF || c_.devices_of(zone).size() < 2) return {};
    if (!c_.has_set("one_link")) {
      NftSet links{.name = "one_link", .kind = {{"type", {"iface_index", "iface_index"}}}};
      for (const auto& [index, row] : c_.numbers.interfaces) put(links, concat({index, index}));
      c_.rules.sets.push_back(std::move(links));
    }
    return {match(concat({meta("iif"), meta("oif")}), at("one_link"))};
  }

  // Of the inside hosts of the VRF that `way.from` lies in.
  void add_static(NftChain& chain, ZonePair way, bool masqueraded, Family family) {
    const uint16_t vrf = c_.vrf_of(way.from);
    const std::string_view what = masqueraded ? "static_from_hidden" : "static_from";
    NftSet hosts{.name = fmt::format("{}{}_{}", what, suffix_of(family), c_.numbers.zones[way.to]),
                 .kind = {{"type", type_of(family)}, {"map", type_of(family)}}};
    if (vrf != SL_MAIN_VRF) hosts.name += fmt::format("/{}", vrf);
    std::vector<json> networks;
    for (size_t i = 0; i < c_.document.static_mappings.size(); ++i) {
      const StaticMapping& s = c_.document.static_mappings[i];
      if (s.inside.address.family() != family || vrf_number(c_.document, s.vrf) != vrf ||
          !applies(c_.numbers.static_in[i].second, way.to, masqueraded))
        continue;
      if (s.inside.length == s.inside.address.bits())
        put(hosts, json::array({s.inside.address.to_string(), s.outside.address.to_string()}));
      else
        networks.push_back(json::array({prefix(s.inside), prefix(s.outside)}));
    }
    if (!hosts.elements.empty()) {
      add(chain, {snat(family, lookup(source(family), at(hosts.name)))});
      if (!c_.has_set(hosts.name)) c_.rules.sets.push_back(std::move(hosts));
    }
    if (!networks.empty()) add(chain, {one_to_one("snat", family, source(family), std::move(networks))});
  }

  Compiler& c_;
  Masquerades masquerades_;
  std::set<std::string> hairpins_;
};

void compile_own_addresses(Compiler& c) {
  for (const Family family : kFamilies) {
    NftSet own{.name = named("own", family), .kind = {{"type", "iface_index"}, {"map", type_of(family)}}};
    for (const auto& [index, row] : c.numbers.interfaces) {
      const IpAddress address = address_of(row, family);
      if (!address.is_unspecified()) put(own, json::array({index, address.to_string()}));
    }
    c.rules.sets.push_back(std::move(own));
  }
}

}   // namespace

void compile_source_nat(Compiler& c) {
  compile_own_addresses(c);
  SourceNat nat(c);
  NftSet by_pair{.name = "source_nat", .kind = {{"type", "mark"}, {"map", "verdict"}}};
  for (size_t number = 1; number < c.rules.pairs.size(); ++number) {
    const ZonePair pair = c.rules.pairs[number];
    if (pair.from == 0 || pair.to == 0) continue;
    NftChain chain{"source_nat_" + c.chain_of(pair), nullptr, {}};
    for (const Family family : kFamilies) {
      if (pair.from == pair.to) {
        nat.hairpin(chain, pair.from, family);
      } else {
        nat.ask_elsewhere(chain, pair.from, family);
        nat.translate(chain, pair.from, pair.to, family, 0);
      }
    }
    if (chain.rules.empty()) continue;
    put(by_pair, json::array({static_cast<uint32_t>(number) << kMarkObjectBits, jump(chain.name)}));
    c.rules.chains.push_back(std::move(chain));
  }
  c.rules.sets.push_back(std::move(by_pair));
  NftChain& chain =
      c.hook("source_nat", {{"type", "nat"}, {"hook", "postrouting"}, {"prio", 100}, {"policy", "accept"}});
  add(chain, {branch(bits(ct("mark"), kMarkOfPair), at("source_nat"))});
  // Each hook reads the rules anew, so others may have judged it, which would have translated it. What nobody
  // judged is the gateway's own: reports of the groups that it is in.
  std::vector<json> ways_in{match(meta("iif"), at("managed"))};
  if (c.has_slaves) ways_in.push_back(match(meta("iifname"), c.names_of_vrfs()));
  for (json& way_in : ways_in)
    add(chain, {std::move(way_in), unlike(bits(ct("mark"), kMarkOfPair), 0),
                unlike(bits(ct("mark"), kMarkOfPair), at("pairs")), drop_as(SL_DROP_FLOW_ENDED)});
}

}   // namespace sluice::nft
