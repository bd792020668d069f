// SPDX-License-Identifier: GPL-2.0-or-later
// A chain for each pair of zones: who is hidden, what forwards admit, the policies in order, the default.
// They judge a flow by its tuple and not by the packet at hand, so they serve for packets of both directions,
// also when the rules change under a flow.
#include <fmt/format.h>

#include "base/fnv.hpp"
#include "compile/nft/context.hpp"
#include "compile/nft/policy_hull.hpp"
#include "compile/nft/refusals.hpp"
#include "model/zone_pairs.hpp"

namespace sluice::nft {

namespace {

// The inside's addresses and port: the other end's as the answers carry them.
const std::string& text_of_address(std::string_view direction, Family family) {
  static const std::string texts[] = {ct_address("original", "saddr", Family::kIpv4).dump(),
                                      ct_address("original", "saddr", Family::kIpv6).dump(),
                                      ct_address("reply", "saddr", Family::kIpv4).dump(),
                                      ct_address("reply", "saddr", Family::kIpv6).dump()};
  return texts[(direction == "reply" ? 2 : 0) + (family == Family::kIpv6 ? 1 : 0)];
}

const std::string& text_of_protocol() {
  static const std::string text = meta("l4proto").dump();
  return text;
}

const std::string& text_of_port() {
  static const std::string text = ct("proto-src", "reply").dump();
  return text;
}

}   // namespace

bool add_addresses(Compiler& c, const AddressMatch& source, const AddressMatch& destination,
                   std::optional<Family> family, RuleText& rule) {
  for (const auto& [side, direction] : {std::pair(&source, "original"), std::pair(&destination, "reply")}) {
    if (side->any()) continue;
    auto wanted = c.opened_set(*side, *family);
    if (!wanted)
      wanted = side->sets.empty() ? c.any_of_prefixes(side->prefixes, *family)
                                  : c.any_of_prefixes(resolve(*side, c.document), *family);
    if (!wanted) return false;
    rule.match(text_of_address(direction, *family), *wanted);
  }
  return true;
}

void add_service(Compiler& c, const std::vector<uint8_t>& protocols, const std::vector<PortRange>& ports,
                 RuleText& rule) {
  if (protocols.size() == 1)
    rule.match(text_of_protocol(), std::to_string(protocols.front()));
  else if (!protocols.empty())
    rule.match(text_of_protocol(), any_of({protocols.begin(), protocols.end()}).dump());
  if (ports.size() == 1)
    rule.match(text_of_port(), ports.front().size() == 1
                                   ? std::to_string(ports.front().first)
                                   : range(ports.front().first, ports.front().last).dump());
  else if (!ports.empty())
    rule.add(match(concat({protocol_in_key(), ct("proto-src", "reply")}), at(c.service_set(protocols, ports)))
                 .dump());
}

namespace {

// In which families the other side of a pair is behind a masquerade.
std::vector<Family> hidden_families(const Compiler& c, ZonePair pair) {
  std::vector<Family> hidden;
  if (pair.from == 0 || pair.to == 0 || pair.from == pair.to) return hidden;
  for (const Family family : kFamilies)
    if (masquerade_of(c.pair(pair.to, pair.from), family)) hidden.push_back(family);
  return hidden;
}

// Addresses behind a masquerade are reached by forwards and static mappings only.
void add_hidden(NftChain& chain, Family family) {
  add(chain, {of_family(family), match({{"&", json::array({ct("status"), "dnat"})}}, 0),
              drop_as(SL_DROP_INSIDE_ADDRESS)});
}

// A long list of policies stands in chains of its own, so that a change exchanges one of them and not the
// list. Where one begins the policy's name says: a policy that comes or goes moves no other beginning. Some
// have a few policies, some a few hundred.
constexpr size_t kLongList = 256;    // rules
constexpr uint64_t kPerPiece = 64;   // on average
constexpr size_t kWorthAHull = 8;    // rules of a piece

uint64_t hash_of(std::string_view policy) { return fnv(kFnvStart, policy.data(), policy.size()); }

// By the upper bits of a product (Knuth, The Art of Computer Programming 6.4): short names differ in few of
// the sum's.
bool begins_piece(std::string_view policy) {
  const uint64_t sum = hash_of(policy);
  return (((sum ^ sum >> 32) * 0x9e3779b97f4a7c15) >> 32) % kPerPiece == 0;
}

class PairChain {
 public:
  PairChain(Compiler& c, ZonePair pair, Refusals& refusals)
      : c_(c),
        pair_(pair),
        refusals_(refusals),
        number_(c.number_of(pair)),
        admitted_(go(is_own() ? kOwnAdmitted : kAdmitted).dump()) {}

  void compile() {
    NftChain chain{c_.chain_of(pair_), nullptr, {}};
    for (const Family family : hidden_families(c_, pair_)) add_hidden(chain, family);
    admit_forwards(chain);
    NftChain policies;
    for (size_t i = 0; i < c_.document.policies.size(); ++i) add_policy(policies, i);
    if (policies.rules.size() > kLongList)
      add_pieces(chain, std::move(policies.rules));
    else
      std::ranges::move(policies.rules, std::back_inserter(chain.rules));
    RuleText rest;
    if (c_.pair(pair_.from, pair_.to).action == SL_ACCEPT)
      admit(0, rest);
    else
      rest.add((is_own() ? drop_own_as(SL_DROP_POLICY) : drop_as(SL_DROP_POLICY)).dump());
    chain.rules.push_back(std::move(rest).take());
    c_.rules.chains.push_back(std::move(chain));
  }

 private:
  bool is_own() const { return pair_.from == 0; }
  // The generation comes where all meet: it would make every rule another one with each apply.
  uint32_t mark(uint32_t object) const { return pack({.pair = number_, .object = object}); }
  void admit(uint32_t object, RuleText& rule) const {
    rule.set(mark_, mark(object));
    rule.add(admitted_);
  }

  void add_pieces(NftChain& chain, std::vector<std::string> rules) {
    NftChain piece;
    PolicyHull hull;
    for (size_t i = 0; i < rules.size(); ++i) {
      const Policy& policy = *policy_of_rule_[i];
      const bool of_another = i && &policy != policy_of_rule_[i - 1];
      if (of_another && begins_piece(policy.name)) end_piece(chain, piece, hull);
      if (piece.rules.empty()) piece.name = piece_name(policy.name);
      piece.rules.push_back(std::move(rules[i]));
      hull.widen(policy);
    }
    end_piece(chain, piece, hull);
  }

  // By its first policy, so it keeps its name when others change; two that are alike do not share a chain.
  std::string piece_name(std::string_view policy) const {
    std::string name = fmt::format("{}/{:016x}", c_.chain_of(pair_), hash_of(policy));
    while (std::ranges::find(c_.rules.chains, name, &NftChain::name) != c_.rules.chains.end()) name += '_';
    return name;
  }

  void end_piece(NftChain& chain, NftChain& piece, PolicyHull& hull) {
    add(chain, {jump(piece.name)});
    NftChain whole{piece.name, nullptr, {}};
    if (piece.rules.size() >= kWorthAHull)
      for (const std::vector<json>& rule : hull.rules()) add(whole, rule);
    std::ranges::move(piece.rules, std::back_inserter(whole.rules));
    c_.rules.chains.push_back(std::move(whole));
    piece = {};
    hull = {};
  }

  // The forward must still lead where the flow goes: a moved one admits nothing that follows its old way.
  void admit_forwards(NftChain& chain) const {
    if (pair_.from == 0 || number_ == 0) return;
    for (const uint16_t view : c_.views_of(c_.vrf_of(pair_.from)))
      for (const Family family : kFamilies) admit_forwards_of(view, family, chain);
  }

  void admit_forwards_of(uint16_t view, Family family, NftChain& chain) const {
    for (const char* map : {"forward_object", "forward_object_range"})
      if (const std::string name = objects_of_view(map, family, view); c_.has_set(name))
        add(chain, {is_in(ct("status"), "dnat"), match(meta("l4proto"), any_of({"tcp", "udp"})),
                    set_to(ct("mark"), lookup(concat(forwarded_key(family)), at(name))),
                    set_to(ct("mark"), {{"|", json::array({bits(ct("mark"), kMarkObjects), mark(0)})}}),
                    go(kAdmitted)});
  }

  void add_policy(NftChain& chain, size_t index) {
    const Policy& policy = c_.document.policies[index];
    if (!speaks_of(policy, c_.numbers.zones[pair_.from], c_.numbers.zones[pair_.to])) return;
    if (policy.source.any() && policy.destination.any()) return add_rule(chain, index, std::nullopt);
    for (const Family family : kFamilies) add_rule(chain, index, family);
  }

  void add_rule(NftChain& chain, size_t index, std::optional<Family> family) {
    const Policy& policy = c_.document.policies[index];
    RuleText rule(policy.name);
    if (!add_addresses(c_, policy.source, policy.destination, family, rule)) return;
    add_service(c_, policy.protocols, policy.ports, rule);
    if (policy.action == Action::kAccept)
      admit(c_.numbers.policy_rules[index].object, rule);
    else
      rule.add(go(refusals_.chain_of(index, is_own())).dump());
    chain.rules.push_back(std::move(rule).take());
    policy_of_rule_.push_back(&policy);
  }

  Compiler& c_;
  ZonePair pair_;
  Refusals& refusals_;
  uint16_t number_;
  const std::string mark_ = ct("mark").dump(), admitted_;
  std::vector<const Policy*> policy_of_rule_;
};

bool has_policy(const Compiler& c, ZonePair pair) {
  return std::any_of(c.document.policies.begin(), c.document.policies.end(), [&](const Policy& policy) {
    return speaks_of(policy, c.numbers.zones[pair.from], c.numbers.zones[pair.to]);
  });
}

// Most pairs of zones say nothing but no: they share four chains.
std::string closed_chain(const Compiler& c, ZonePair pair) {
  std::string name = "closed";
  for (const Family family : hidden_families(c, pair)) name += fmt::format("_hidden{}", suffix_of(family));
  return name;
}

void compile_closed(Compiler& c) {
  for (const std::vector<Family>& hidden :
       {std::vector<Family>{}, {Family::kIpv4}, {Family::kIpv6}, {Family::kIpv4, Family::kIpv6}}) {
    NftChain chain{"closed", nullptr, {}};
    for (const Family family : hidden) {
      chain.name += fmt::format("_hidden{}", suffix_of(family));
      add_hidden(chain, family);
    }
    add(chain, {drop_as(SL_DROP_POLICY)});
    c.rules.chains.push_back(std::move(chain));
  }
}

struct Ways {
  NftSet between{.name = "between", .kind = {{"type", {"iface_index", "iface_index"}}, {"map", "verdict"}}};
  NftSet to_host{.name = "towards_host", .kind = {{"type", "iface_index"}, {"map", "verdict"}}};
  NftSet from_host{.name = "out_of_host", .kind = {{"type", "iface_index"}, {"map", "verdict"}}};
};

void add_way(const Compiler& c, ZonePair pair, const std::string& chain, Ways& ways) {
  const auto row = [&](json key) { return json::array({std::move(key), go(chain)}); };
  if (pair.from == 0)
    for (const uint32_t out : c.devices_of(pair.to)) put(ways.from_host, row(out));
  for (const uint32_t in : c.devices_of(pair.from)) {
    if (pair.to == 0) put(ways.to_host, row(in));
    for (const uint32_t out : c.devices_of(pair.to)) put(ways.between, row(concat({in, out})));
  }
}

}   // namespace

void compile_pairs(Compiler& c) {
  Ways ways;
  Refusals refusals(c);
  compile_closed(c);
  const auto zones = static_cast<uint16_t>(c.numbers.zones.size());
  for (uint16_t from = 0; from < zones; ++from)
    for (uint16_t to = 0; to < zones; ++to) {
      const ZonePair pair{from, to};
      if (pair == ZonePair{}) continue;
      const bool speaks = c.number_of(pair) != 0 || has_policy(c, pair);
      if (speaks) PairChain(c, pair, refusals).compile();
      add_way(c, pair, speaks ? c.chain_of(pair) : closed_chain(c, pair), ways);
    }
  for (NftSet* set : {&ways.between, &ways.to_host, &ways.from_host}) c.rules.sets.push_back(std::move(*set));
}

}   // namespace sluice::nft
