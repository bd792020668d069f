// SPDX-License-Identifier: GPL-2.0-or-later
// Limits: the packets of each pair of zones that a limit speaks of go through a chain that names those
// limits. A limit is a chain of its own; its buckets stand in sets, so that they outlive an apply that keeps
// them.
#include <fmt/format.h>

#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

constexpr std::string_view kLimited = "limited";   // pair of zones -> its limits

IpAddress mask_of(Family family, int length) {
  const char* ones = family == Family::kIpv4 ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  return Prefix::of({*IpAddress::parse(ones), static_cast<uint8_t>(length)}).address;
}

uint32_t number_of(const Compiler& c, uint8_t kind, const std::string& name) {
  for (const ObjectRow& row : c.numbers.objects)
    if (row.kind == kind && row.name == name) return row.number;
  return 0;
}

// What flows of a forward are marked with; those of a service with their backend.
json flows_of(const Compiler& c, const std::string& name) {
  std::set<uint32_t> backends;
  for (const Forward& forward : c.document.forwards)
    if (forward.name == name && forward.service)
      for (const Member& member : forward.service->members)
        backends.insert(number_of(c, SL_OBJECT_BACKEND, name_of(name, member)));
  if (backends.empty()) return number_of(c, SL_OBJECT_FORWARD, name);
  return any_of({backends.begin(), backends.end()});
}

// netfilter's buckets of bytes hold a second of the rate, and the burst on top.
json statement_of(const Limit& limit) {
  if (limit.rate.packets)
    return {{"limit",
             {{"rate", limit.rate.amount}, {"per", "second"}, {"burst", burst_of(limit)}, {"inv", true}}}};
  const uint64_t rate = bytes_per_second(limit.rate);
  const uint64_t burst = std::max(burst_of(limit), rate) - rate;
  return {{"limit",
           {{"rate", rate},
            {"rate_unit", "bytes"},
            {"per", "second"},
            {"burst", std::max<uint64_t>(burst, 1)},
            {"burst_unit", "bytes"},
            {"inv", true}}}};
}

// Long enough to be full again.
uint64_t seconds_to_fill(const Limit& limit) {
  const uint64_t rate = limit.rate.packets ? limit.rate.amount : bytes_per_second(limit.rate);
  return burst_of(limit) / rate + 10;
}

json address_in_key(const Limit& limit, Family family) {
  const bool ipv4 = family == Family::kIpv4;
  json address = limit.key.kind == LimitKey::kSource ? ct_address("original", "saddr", family)
                                                     : ct_address("reply", "saddr", family);
  const int length = ipv4 ? limit.key.bits4 : limit.key.bits6;
  if (length == (ipv4 ? 32 : 128)) return address;
  return {{"&", json::array({address, mask_of(family, length).to_string()})}};
}

class LimitChain {
 public:
  LimitChain(Compiler& c, const Limit& limit)
      : c_(c), limit_(limit), chain_{fmt::format("limit/{}", limit.name), nullptr, {}} {}

  std::string compile() {
    compile_exceeded();
    switch (limit_.key.kind) {
      case LimitKey::kSource:
      case LimitKey::kDestination:
        for (const Family family : kFamilies)
          ask(named("address", family), type_of(family), address_in_key(limit_, family), {of_family(family)});
        break;
      case LimitKey::kFlow:
        for (const Family family : kFamilies) ask_flow(family);
        break;
      case LimitKey::kEndpoint: ask_endpoint(); break;
      default: exceeds(shared_set(), everybody());
    }
    add(chain_, {count_object(number_of(c_, SL_OBJECT_LIMIT, limit_.name))});
    std::string name = chain_.name;
    c_.rules.chains.push_back(std::move(chain_));
    return name;
  }

 private:
  // The same for each packet: one bucket for all.
  static json everybody() { return bits(ct("mark"), 0); }

  // What the set holds is in its name: with another rate it is another set.
  std::string set_name(std::string_view what) const {
    return fmt::format("limit/{}/{}/{}/{}/{}", limit_.name, what, to_string(limit_.key),
                       to_string(limit_.rate), burst_to_string(limit_));
  }
  std::string make_set(std::string_view what, json type, uint32_t size) {
    std::string name = set_name(what);
    if (c_.has_set(name)) return name;
    NftSet& set = c_.set(
        name, {{"type", std::move(type)}, {"size", size}, {"stmt", json::array({statement_of(limit_)})}});
    set.counts = true;
    if (size > 1) {
      set.kind["flags"] = {"timeout"};
      set.kind["timeout"] = seconds_to_fill(limit_);
    }
    return name;
  }
  std::string shared_set() { return make_set("shared", "mark", 1); }

  void exceeds(const std::string& set, const json& key, std::vector<json> parts = {}) {
    parts.push_back({{"set",
                      {{"op", "update"},
                       {"elem", key},
                       {"set", at(set)},
                       {"stmt", json::array({statement_of(limit_)})}}}});
    parts.push_back(go(fmt::format("exceeds/{}", limit_.name)));
    add(chain_, parts);
  }

  // Whom the set had no room for shares a bucket with all others like that.
  void ask(const std::string& what, const json& type, const json& key, std::vector<json> applies) {
    const std::string set = make_set(what, type, SL_MAX_BUCKETS);
    exceeds(set, key, applies);
    applies.push_back(unlike(key, at(set)));
    exceeds(shared_set(), everybody(), std::move(applies));
  }

  void ask_flow(Family family) {
    const json from = ct_address("original", "saddr", family), to = ct_address("original", "daddr", family);
    const json with_ports = protocols_that_have_ports();
    ask(named("flow", family),
        {type_of(family), type_of(family), "inet_proto", "inet_service", "inet_service"},
        concat({from, to, protocol_in_key(), ct("proto-src", "original"), ct("proto-dst", "original")}),
        {of_family(family), match(meta("l4proto"), with_ports)});
    ask(named("flow_without_ports", family), {type_of(family), type_of(family), "inet_proto"},
        concat({from, to, protocol_in_key()}), {of_family(family), unlike(meta("l4proto"), with_ports)});
  }

  // A named limit for each, which its addresses of both families and its routes lead to.
  void ask_endpoint() {
    for (const EndpointOfNetwork& one : all_endpoints(c_.document))
      c_.rules.objects.push_back({"limit", set_name(full_name(one)), statement_of(limit_)["limit"]});
    for (const Family family : kFamilies) {
      const std::string map = named(fmt::format("limit/{}/endpoints", limit_.name), family);
      NftSet& rows = c_.set(
          map, {{"type", {"iface_index", type_of(family)}}, {"map", "limit"}, {"flags", {"interval"}}});
      put_endpoints(c_, rows, family,
                    [&](const EndpointOfNetwork& one) { return json(set_name(full_name(one))); });
      for (const std::string_view direction : {"original", "reply"}) ask_endpoint(map, family, direction);
    }
  }

  // By its tunnel, where the packet came in by it or leaves by it. Whoever has no endpoint shares one bucket.
  void ask_endpoint(const std::string& map, Family family, std::string_view direction) {
    const bool is_source = side_of(limit_, c_.document) == EndpointSide::kSource;
    const json key = by_device(is_source == (direction == "original") ? "iif" : "oif",
                               ct_address(is_source ? "original" : "reply", "saddr", family));
    const std::vector<json> applies = {of_family(family), match(ct("direction"), direction)};
    std::vector<json> counted = applies, others = applies;
    counted.push_back({{"limit", lookup(key, at(map))}});
    counted.push_back(go(fmt::format("exceeds/{}", limit_.name)));
    add(chain_, counted);
    others.push_back(unlike(key, at(named(kEndpointAddresses, family))));
    exceeds(shared_set(), everybody(), std::move(others));
  }

  void compile_exceeded() {
    NftChain chain{fmt::format("exceeds/{}", limit_.name), nullptr, {}};
    add(chain, {count_object(number_of(c_, SL_OBJECT_LIMIT_EXCEEDED, limit_.name))});
    if (limit_.dscp) {
      for (const Family family : kFamilies)
        add(chain, {of_family(family), set_to(payload(protocol_of(family), "dscp"), *limit_.dscp)});
    } else {
      add(chain, {match(meta("iif"), 0), drop_own_as(SL_DROP_OVER_LIMIT)});   // the gateway's own packet
      add(chain, {drop_as(SL_DROP_OVER_LIMIT)});
    }
    c_.rules.chains.push_back(std::move(chain));
  }

  Compiler& c_;
  const Limit& limit_;
  NftChain chain_;
};

// What a limit asks of a flow, for packets of one direction and perhaps one family; false: it cannot match.
bool add_questions(Compiler& c, const Limit& limit, std::string_view direction, std::optional<Family> family,
                   RuleText& rule) {
  rule.add(match(ct("direction"), direction).dump());
  if (!add_addresses(c, limit.source, limit.destination, family, rule)) return false;
  if (!limit.interfaces.empty()) {
    std::vector<json> devices;
    for (const PlannedLink& link : c.links)
      if (names(limit.interfaces, link.wanted->name)) devices.push_back(link.seen->index);
    if (devices.empty()) return false;
    rule.add(match(meta(direction == "original" ? "iif" : "oif"), any_of(std::move(devices))).dump());
  }
  if (limit.forward) rule.add(match(bits(ct("mark"), kMarkObjects), flows_of(c, *limit.forward)).dump());
  add_service(c, limit.protocols, limit.ports, rule);
  return true;
}

void add_limit(Compiler& c, const Limit& limit, const std::string& target, NftChain& chain) {
  std::vector<std::optional<Family>> families{std::nullopt};
  if (!limit.source.any() || !limit.destination.any()) families = {Family::kIpv4, Family::kIpv6};
  for (const auto& [direction, text] :
       {std::pair(LimitDirection::kOriginal, "original"), std::pair(LimitDirection::kReply, "reply")})
    for (const auto family : families) {
      if (!goes(limit, direction)) continue;
      RuleText rule(limit.name);
      if (!add_questions(c, limit, text, family, rule)) continue;
      rule.add(jump(target).dump());
      chain.rules.push_back(std::move(rule).take());
    }
}

bool concerns(const Compiler& c, const Limit& limit, ZonePair pair) {
  return names(limit.from, c.numbers.zones[pair.from]) && names(limit.to, c.numbers.zones[pair.to]) &&
         (pair.from != 0 || limit.interfaces.empty());
}

}   // namespace

void compile_limits(Compiler& c) {
  if (c.document.limits.empty()) return;
  std::vector<std::string> targets;
  for (const Limit& limit : c.document.limits) targets.push_back(LimitChain(c, limit).compile());
  NftSet pairs{.name = std::string(kLimited), .kind = {{"type", "mark"}, {"map", "verdict"}}};
  for (size_t number = 1; number < c.rules.pairs.size(); ++number) {
    const ZonePair pair = c.rules.pairs[number];
    if (pair == ZonePair{}) continue;
    NftChain chain{"limits_" + c.chain_of(pair), nullptr, {}};
    for (size_t i = 0; i < targets.size(); ++i)
      if (concerns(c, c.document.limits[i], pair)) add_limit(c, c.document.limits[i], targets[i], chain);
    if (chain.rules.empty()) continue;
    put(pairs, json::array({number << kMarkObjectBits, jump(chain.name)}));
    c.rules.chains.push_back(std::move(chain));
  }
  c.rules.sets.push_back(std::move(pairs));
}

// Errors belong to flows and are none of their packets.
void ask_limits(const Compiler& c, NftChain& chain) {
  if (!c.document.limits.empty())
    add(chain, {unlike(ct("state"), "related"), branch(bits(ct("mark"), kMarkOfPair), at(kLimited))});
}

}   // namespace sluice::nft
