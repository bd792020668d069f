// SPDX-License-Identifier: GPL-2.0-or-later
// Destinations: forwards in maps by address, protocol and port; static mappings by address or prefix.
#include <fmt/format.h>

#include <map>

#include "plan/compile.hpp"
#include "plan/nft/context.hpp"
#include "plan/policy_classes.hpp"

namespace sluice::nft {
namespace {

// The ports of ranges that are spoken for. Two forwards can meet where one names an interface and the other
// an address that the interface got later (DHCP), and nf_tables refuses ranges that overlap.
class TakenPorts {
 public:
  // What is left of these, which is taken from now on.
  std::vector<PortRange> take(const PortRange& ports) {
    std::vector<PortRange> left;
    uint32_t next = ports.first;
    auto at = taken_.upper_bound(ports.first);
    if (at != taken_.begin() && std::prev(at)->second >= ports.first) --at;
    for (; at != taken_.end() && at->first <= ports.last; ++at) {
      if (at->first > next)
        left.push_back({static_cast<uint16_t>(next), static_cast<uint16_t>(at->first - 1)});
      next = at->second + 1u;
    }
    if (next <= ports.last) left.push_back({static_cast<uint16_t>(next), ports.last});
    for (const PortRange& range : left) taken_.emplace(range.first, range.last);
    return left;
  }

 private:
  std::map<uint16_t, uint16_t> taken_;   // first -> last; they do not overlap
};

// The rows of one family, by what they are keyed with: the first forward that claims a place has it.
class ForwardRows {
 public:
  ForwardRows(Compiler& c, Family family) : c_(c), family_(family) {}

  void add(const Forward& forward, const IpAddress& listen, uint32_t object, const std::string& sources) {
    uint32_t offset = 0;
    for (const PortRange& ports : forward.ports) {
      const uint32_t to = forward.to_port ? *forward.to_port + offset : ports.first;
      offset += ports.size();
      for (const uint8_t protocol : forward.protocols) {
        const Place place{listen.to_string(), protocol, forward.to.to_string(), object, sources};
        if (to == ports.first && ports.size() > 1)
          add_range(place, ports);
        else
          for (uint32_t i = 0; i < ports.size(); ++i) add_port(place, ports.first + i, to + i);
      }
    }
  }

  void finish() {
    const json key = {type_of(family_), "inet_proto", "inet_service"};
    const json flow = {type_of(family_), "inet_proto", "inet_service", type_of(family_), "inet_service"};
    make("forward_to", key, type_of(family_), to_);
    make("forward_port", key, "inet_service", port_);
    make("forward_range", key, type_of(family_), range_);
    make("forward_object", flow, "mark", object_);
    make("forward_object_range", flow, "mark", object_range_);
    make("forward_source", key, "verdict", source_);
    make("forward_source_range", key, "verdict", source_range_);
  }

 private:
  using Rows = std::map<std::string, std::string>;   // what it is keyed with -> the element
  struct Place {
    std::string listen;
    uint8_t protocol;
    std::string to;
    uint32_t object;
    std::string sources;
  };

  static void put_row(Rows& rows, const json& key, json data) {
    rows.try_emplace(key.dump(), json::array({key, std::move(data)}).dump());
  }

  void add_port(const Place& p, uint32_t port, uint32_t to) {
    const json key = concat({p.listen, p.protocol, port});
    if (to_.contains(key.dump())) return;
    put_row(object_, concat({p.listen, p.protocol, port, p.to, to}), p.object);
    put_row(to_, key, p.to);
    if (to != port) put_row(port_, key, to);
    if (!p.sources.empty()) put_row(source_, key, jump(p.sources));
  }

  void add_range(const Place& p, const PortRange& wanted) {
    for (const PortRange& ports : taken_[{p.listen, p.protocol}].take(wanted)) put_range(p, ports);
  }

  void put_range(const Place& p, const PortRange& ports) {
    const json both = ports.size() == 1 ? json(ports.first) : range(ports.first, ports.last);
    const json key = concat({p.listen, p.protocol, both});
    put_row(range_, key, p.to);
    put_row(object_range_, concat({p.listen, p.protocol, both, p.to, both}), p.object);
    if (!p.sources.empty()) put_row(source_range_, key, jump(p.sources));
  }

  void make(std::string_view name, const json& type, std::string_view data, Rows& rows) {
    if (rows.empty()) return;
    NftSet& map = c_.set(named(name, family_), {{"type", type}, {"map", data}});
    if (name.ends_with("range")) map.kind["flags"] = {"interval"};
    map.keyed = !map.has_ranges();
    for (auto& [key, element] : rows) {
      map.elements.push_back(std::move(element));
      if (map.keyed) map.keys.push_back(key);
    }
  }

  Compiler& c_;
  Family family_;
  std::map<std::pair<std::string, uint8_t>, TakenPorts> taken_;   // by listening address and protocol
  Rows to_, port_, range_, object_, object_range_, source_, source_range_;
};

// A chain that goes on for those who may use the forward, and ends for everybody else.
class SourceChains {
 public:
  explicit SourceChains(Compiler& c) : c_(c) {}

  std::string chain_for(const Forward& forward) {
    if (forward.source.any()) return "";
    const std::vector<Prefix> members = resolve(forward.source, c_.document);
    const Family family = forward.to.family();
    auto [at_, is_new] = chains_.try_emplace({members, family});
    if (is_new) at_->second = make(members, family);
    return at_->second;
  }

 private:
  std::string make(const std::vector<Prefix>& members, Family family) {
    const std::string set = c_.prefix_set(members, family);
    NftChain& chain = c_.chain(fmt::format("forward_sources{}_{}", suffix_of(family), chains_.size()));
    if (!set.empty()) nft::add(chain, {match(ct_address("original", "saddr", family), at(set)), leave()});
    nft::add(chain, {drop_as(SL_DROP_FORWARD_SOURCE)});
    return chain.name;
  }

  Compiler& c_;
  std::map<std::pair<std::vector<Prefix>, Family>, std::string> chains_;
};

std::map<std::string_view, uint32_t> numbers_of_forwards(const Compiler& c) {
  std::map<std::string_view, uint32_t> numbers;
  for (const ObjectRow& row : c.numbers.objects)
    if (row.kind == SL_OBJECT_FORWARD) numbers.emplace(row.name, row.number);
  return numbers;
}

void compile_forward_maps(Compiler& c) {
  const auto numbers = numbers_of_forwards(c);
  SourceChains sources(c);
  ForwardRows rows4(c, Family::kIpv4), rows6(c, Family::kIpv6);
  for (const Forward& forward : c.document.forwards) {
    const auto number = numbers.find(forward.name);
    const std::string chain = sources.chain_for(forward);
    for (const auto& [listen, vrf] : Places(c.document, c.links).listeners_of(forward))
      (listen.is_ipv4() ? rows4 : rows6)
          .add(forward, listen, number == numbers.end() ? 0 : number->second, chain);
  }
  rows4.finish();
  rows6.finish();
}

json to_address(Family family, json address) {
  return {{"dnat", {{"family", protocol_of(family)}, {"addr", std::move(address)}}}};
}

void add_forward_rules(Compiler& c, NftChain& chain, Family family) {
  const json key = arriving_key(family, meta("l4proto"));
  if (c.has_set(named("forward_port", family))) {
    json statement = to_address(family, lookup(key, at(named("forward_to", family))));
    statement["dnat"]["port"] = lookup(key, at(named("forward_port", family)));
    add(chain, {std::move(statement)});
  }
  if (c.has_set(named("forward_to", family)))
    add(chain, {to_address(family, lookup(key, at(named("forward_to", family))))});
  if (c.has_set(named("forward_range", family)))
    add(chain, {to_address(family, lookup(arriving_key(family, protocol_in_key()),
                                          at(named("forward_range", family))))});
}

void compile_static_hosts(Compiler& c, NftChain& chain, Family family) {
  NftSet hosts{.name = named("static_to", family),
               .kind = {{"type", type_of(family)}, {"map", type_of(family)}}};
  std::vector<json> networks;
  for (const StaticMapping& s : c.document.static_mappings) {
    if (s.outside.address.family() != family) continue;
    if (s.outside.length == s.outside.address.bits())
      put(hosts, json::array({s.outside.address.to_string(), s.inside.address.to_string()}));
    else
      networks.push_back(json::array({prefix(s.outside), prefix(s.inside)}));
  }
  if (!hosts.elements.empty()) {
    add(chain, {to_address(family, lookup(destination(family), at(hosts.name)))});
    c.rules.sets.push_back(std::move(hosts));
  }
  if (!networks.empty()) add(chain, {one_to_one("dnat", family, destination(family), std::move(networks))});
}

}   // namespace

// The part of the address that the prefix does not name stays.
json one_to_one(std::string_view kind, Family family, json address, std::vector<json> networks) {
  return {{kind,
           {{"family", protocol_of(family)},
            {"addr", lookup(std::move(address), any_of(std::move(networks)))},
            {"flags", {"netmap"}},
            {"type_flags", {"prefix"}}}}};
}

json arriving_key(Family family, json protocol) {
  return concat({destination(family), std::move(protocol), payload("th", "dport")});
}

json forwarded_key(Family family) {
  return concat({ct_address("original", "daddr", family), protocol_in_key(), ct("proto-dst", "original"),
                 ct_address("reply", "saddr", family), ct("proto-src", "reply")});
}

void compile_forwards(Compiler& c) {
  compile_forward_maps(c);
  NftChain chain{
      "destination_nat", {{"type", "nat"}, {"hook", "prerouting"}, {"prio", -100}, {"policy", "accept"}}, {}};
  add(chain, {unlike(meta("iif"), at("managed")), accept()});
  for (const Family family : kFamilies) {
    add_forward_rules(c, chain, family);
    compile_static_hosts(c, chain, family);
  }
  c.rules.chains.push_back(std::move(chain));
}

}   // namespace sluice::nft
