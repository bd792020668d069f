// SPDX-License-Identifier: GPL-2.0-or-later
// What the parts of compile_nft() share.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "base/text.hpp"
#include "compile/common/rows.hpp"
#include "compile/nft/expressions.hpp"
#include "compile/nft/marks.hpp"
#include "compile/nft/rules_nft.hpp"
#include "maps/drop_reasons.h"
#include "model/endpoints.hpp"
#include "model/routing.hpp"

namespace sluice::nft {

// Chains that everybody goes to.
inline constexpr std::string_view kArrived = "arrived", kArrivedReply = "arrived_reply",
                                  kCheckSource = "check_source", kEssential = "essential",
                                  kOwnEssential = "own_essential", kAdmitted = "admitted", kPassed = "passed",
                                  kReachedHost = "reached_host", kLeft = "left",
                                  kOwnAdmitted = "own_admitted", kLeaving = "leaving",
                                  kNoAddress = "drop_no_address", kTimeouts = "timeouts",
                                  kHandshakes = "handshakes", kOver = "over",
                                  kWithoutFlow = "arrived_without_flow";

// Before fragments are put together (-400): those of two VRFs that look the same stay apart by their zone.
inline constexpr int kBeforeFragments = -450;
// When connection tracking (-200) has found the flow, before and after its destination is translated (-100).
inline constexpr int kBeforeTranslation = -110, kArrival = -90;

inline constexpr uint32_t kMarkOfGeneration = ~(kMarkOfPair | kMarkObjects);

class Compiler {
 public:
  Compiler(const Document& document, const std::vector<PlannedLink>& links, const NumberedRules& numbers,
           bool makes_vrf_devices, RulesNft& rules)
      : document(document),
        links(links),
        numbers(numbers),
        has_slaves(makes_vrf_devices && !document.vrfs.empty()),
        rules(rules),
        vrfs_(vrfs_of_zones(document)) {}

  const Document& document;
  const std::vector<PlannedLink>& links;
  const NumberedRules& numbers;
  const bool has_slaves;   // interfaces may be in a VRF's device
  RulesNft& rules;

  NftSet& set(std::string_view name, json kind) {
    NftSet& made = rules.sets.emplace_back();
    made.name = name;
    made.kind = std::move(kind);
    return made;
  }
  NftChain& chain(std::string_view name) { return hook(name, nullptr); }
  NftChain& hook(std::string_view name, json hook) {
    rules.chains.push_back({std::string(name), std::move(hook), {}});
    return rules.chains.back();
  }

  // The devices of a zone, by number.
  std::vector<uint32_t> devices_of(uint16_t zone) const;
  // Those of all VRFs but the main one.
  std::vector<json> devices_of_vrfs() const;
  const sl_zone_pair& pair(uint16_t from, uint16_t to) const {
    return numbers.zone_pairs[from * numbers.zones.size() + to];
  }
  // The flow was judged by these rules.
  json in_force() const {
    return match(bits(ct("mark"), kMarkOfGeneration), pack({.generation = rules.generation}));
  }
  // The flow has been, just now: what policies and forwards put in its mark gets the generation.
  json judged() const {
    return set_to(
        ct("mark"),
        {{"|", json::array({bits(ct("mark"), ~kMarkOfGeneration), pack({.generation = rules.generation})})}});
  }
  // A packet that nothing more is asked about goes its way.
  std::vector<json> passes(std::vector<json> conditions) const;
  // Its number in a flow's mark; 0: nothing passes between them.
  uint16_t number_of(ZonePair pair) const;
  std::string chain_of(ZonePair pair) const;
  // Without VRFs nothing is asked about packet marks.
  bool has_vrfs() const { return !document.vrfs.empty(); }
  bool has_services() const {
    return std::ranges::any_of(document.forwards, [](const Forward& f) { return f.service != nullptr; });
  }
  uint16_t vrf_of(uint16_t zone) const { return vrfs_[zone]; }
  // What the kernel calls their devices.
  json names_of_vrfs() const {
    std::vector<json> names;
    for (const Vrf& vrf : document.vrfs) names.push_back(vrf.name);
    return any_of(std::move(names));
  }
  // Itself first, then those that it leaves destinations to.
  std::vector<uint16_t> views_of(uint16_t vrf) const;
  // The interface that the route to the address leads out of, in the VRF that the packet is looked at in.
  json way_to(std::string_view address) const;
  // Keys by addresses have the VRF's mark in front where the document has VRFs: of the packet at hand, or of
  // a row. Such a set is of another kind, so it has another name.
  std::string by_view(std::string_view name, Family family) const;
  json in_view(std::vector<json> key) const { return in_view(meta("mark"), std::move(key)); }
  json in_view(const json& mark, std::vector<json> key) const;
  json in_view(uint16_t vrf, std::vector<json> key) const;
  json type_in_view(std::vector<json> types) const;

  // Whether some interface has one machine at its other end.
  bool has_peers() const {
    return std::ranges::any_of(numbers.interfaces,
                               [](const auto& row) { return (row.second.flags & SL_IF_ONE_PEER) != 0; });
  }

  bool has_set(std::string_view name) const {
    return std::any_of(rules.sets.begin(), rules.sets.end(), [&](const NftSet& s) { return s.name == name; });
  }

  // The set of these prefixes, made when it is first asked for; empty: none of them is of this family.
  std::string prefix_set(const std::vector<Prefix>& prefixes, Family family);
  // What a match compares with, as text: the one prefix itself, or the set of them.
  std::optional<std::string> any_of_prefixes(const std::vector<Prefix>& prefixes, Family family);
  // The set of what names have opened, where the match is one of those; it may have no element yet.
  std::optional<std::string> opened_set(const AddressMatch& match, Family family) const;
  // The set of these protocols and ports.
  std::string service_set(const std::vector<uint8_t>& protocols, const std::vector<PortRange>& ports);

 private:
  std::vector<uint16_t> vrfs_;   // by zone
  std::map<std::pair<std::vector<Prefix>, Family>, std::string> prefix_sets_;
  std::map<std::string, std::string> service_sets_;
  std::string set_of(const std::vector<Prefix>& members, Family family);   // none of them in another
};

inline void add(NftChain& chain, const std::vector<json>& expressions, std::string_view comment = "") {
  RuleText rule(comment);
  for (const json& one : expressions) rule.add(one.dump());
  chain.rules.push_back(std::move(rule).take());
}

inline void put(NftSet& set, const json& element) { set.elements.push_back(element.dump()); }

// What these chains tell apart; the rest the kernel drops by itself, uncounted by reason (docs/engines.md).
inline constexpr sl_drop_reason kReasonsUsed[] = {SL_DROP_ZERO_PORT,
                                                  SL_DROP_BAD_ADDRESS,
                                                  SL_DROP_OWN_SOURCE,
                                                  SL_DROP_SPOOFED,
                                                  SL_DROP_LINK_BROADCAST,
                                                  SL_DROP_NO_FLOW,
                                                  SL_DROP_ICMP_NO_FLOW,
                                                  SL_DROP_ICMP_TYPE,
                                                  SL_DROP_WRONG_ZONE,
                                                  SL_DROP_FLOW_ENDED,
                                                  SL_DROP_POLICY,
                                                  SL_DROP_REJECT,
                                                  SL_DROP_FORWARD_SOURCE,
                                                  SL_DROP_INSIDE_ADDRESS,
                                                  SL_DROP_NO_ROUTE,
                                                  SL_DROP_NO_ZONE,
                                                  SL_DROP_NO_ADDRESS,
                                                  SL_DROP_INSIDE_SOURCE,
                                                  SL_DROP_PAST_SLUICE,
                                                  SL_DROP_BOGON,
                                                  SL_DROP_OVER_LIMIT,
                                                  SL_DROP_CONTROL,
                                                  SL_DROP_TOO_MANY_EXTENSIONS};
inline constexpr sl_drop_reason kReasonsOfHalfOpen[] = {SL_DROP_TARGET_HALF_OPEN};
inline constexpr sl_drop_reason kReasonsOfVrfs[] = {SL_DROP_OTHER_VRF, SL_DROP_FLOW_CONFLICT,
                                                    SL_DROP_HALF_OPEN_FULL};
inline constexpr sl_drop_reason kOwnReasonsOfVrfs[] = {SL_DROP_FLOW_CONFLICT};
inline constexpr sl_drop_reason kReasonsOfTunnels[] = {SL_DROP_INTO_TUNNEL};
inline constexpr sl_drop_reason kOwnReasons[] = {SL_DROP_POLICY,        SL_DROP_REJECT,
                                                 SL_DROP_INSIDE_SOURCE, SL_DROP_WRONG_ZONE,
                                                 SL_DROP_OVER_LIMIT,    SL_DROP_CONTROL};

// Goes where packets are dropped and counted by this reason and the interface that they came in by.
json drop_as(enum sl_drop_reason reason);
void put_first(NftChain& chain, const std::vector<json>& rule);
// The same for the gateway's own packets, counted by the interface that they would leave by.
json drop_own_as(enum sl_drop_reason reason);

// How a forward is recognised in a flow: outside address, protocol and port, and where it leads.
std::vector<json> forwarded_key(Family family);
// The map of what they are counted as, for those that listen in a VRF.
std::string objects_of_view(std::string_view name, Family family, uint16_t view);
// The same without where it leads.
std::vector<json> asked_key(Family family);

// The rules by the number of their row, from 0; one of both families has two.
std::vector<const Masquerade*> masquerades_by_row(const Document& document);
// The zone that a pair of zones leads to, and what becomes of sources on the way: "internet, translated 4".
std::string way_out(const Document& document, const std::vector<const Masquerade*>& by_row,
                    const NumberedRules& numbers, ZonePair pair);

json one_to_one(std::string_view kind, Family family, json address, std::vector<json> networks);

// What a rule says about the flow's addresses in one family, as the inside sees them; false: it says nothing
// of this family.
bool add_addresses(Compiler& c, const AddressMatch& source, const AddressMatch& destination,
                   std::optional<Family> family, RuleText& rule);
// The same of its protocol and port.
void add_service(Compiler& c, const std::vector<uint8_t>& protocols, const std::vector<PortRange>& ports,
                 RuleText& rule);

inline constexpr std::string_view kTranslated = "translated", kWayOn = "way_on", kSender = "sender",
                                  kView = "view";

// The packet is looked at, and its errors are sent, in the VRF of the interface that it came in by.
inline json mark_of_arrival() { return set_to(meta("mark"), lookup(meta("iif"), at("vrf_of_device"))); }

void compile_opened(Compiler& c);   // what names have opened; before policies
void compile_vrfs(Compiler& c);     // whose packet it is, and which way on; nothing without VRFs
// Endpoints of networks: where they are, with a counter each; nothing where the document has no networks.
void compile_endpoints(Compiler& c);
bool has_networks(const Compiler& c);
// It comes in ("iif") or leaves ("oif") by the tunnel of one; and the key of an address in the sets of them.
json is_tunnel(std::string_view side);
json by_device(std::string_view side, json address);
// A row for each prefix of each endpoint; null as a value: it is a set and no map.
void put_endpoints(Compiler& c, NftSet& set, Family family,
                   const std::function<json(const EndpointOfNetwork&)>& value);
inline constexpr std::string_view kEndpointAddresses = "endpoint_addresses";
// What passes is counted "from" or "to" an endpoint, and what a chain drops at both.
void count_endpoints(const Compiler& c, NftChain& chain, std::string_view way,
                     const std::vector<json>& where = {});
void count_dropped_endpoints(Compiler& c, NftChain& chain, const std::string& reason);

// Two prefixes are apart or one is in the other: the outer one is enough, and intervals must not overlap.
std::vector<Prefix> outer_ones(const std::vector<Prefix>& prefixes, Family family);

void compile_senders(Compiler& c);   // who may send by an interface with one machine behind it
void compile_sets(Compiler& c);      // devices, pairs, objects and their counters
void compile_drops(Compiler& c);     // a chain and a counter for each reason
void compile_forwards(Compiler& c);
void compile_half_open(Compiler& c);      // of the targets of forwards; nothing where none is limited
void compile_cookies(Compiler& c);        // for what exceeds a limit; nothing where no forward asks for them
void compile_destinations(Compiler& c);   // by forwards and static mappings
void compile_pairs(Compiler& c);          // policies: a chain for each pair of zones
void compile_source_nat(Compiler& c);
void compile_essential(Compiler& c);   // what links need to work, where it can be meant
void ask_what_is_essential(NftChain& chain);
// The conditions under which an address of the packet ("saddr") is one of the gateway's own: each by itself
// is enough. The kernel has those of all VRFs in one table.
std::vector<json> is_gateways(const Compiler& c, std::string_view address);
void compile_check_source(Compiler& c);
void compile_arrival(Compiler& c);   // what comes in, judged before the kernel routes it
void compile_guards(Compiler& c);    // forward, input and output: only what was judged passes
void compile_limits(Compiler& c);
void compile_timeouts(Compiler& c);
// What would leave as a tunnel's packet and is none; nothing where the document has no tunnels. Makes the
// sets that masquerades ask about ports.
void compile_tunnels(Compiler& c);
inline constexpr std::string_view kTunnelRemotes = "tunnel_remotes";
std::set<uint16_t> ports_of_tunnels(const Compiler& c);
void compile_answers(Compiler& c);         // of UDP services in VRFs; nothing without
void compile_quiet_bridges(Compiler& c);   // what passes between members of bridges that are nobody's zone
void compile_slaves(Compiler& c);          // of VRFs' devices; last, because it copies chains of others

// By address, protocol and port of the packet at hand, for those that listen in the VRF of this mark.
void add_forward_rules(const Compiler& c, NftChain& chain, Family family, const json& mark);

// Maps of verdicts by the forward that admitted a flow and where it leads: where its handshake is counted.
inline constexpr std::string_view kHalfOpenBegins = "half_open_begins", kHalfOpenEnds = "half_open_ends";
// What was admitted goes where its handshake ends or is waited for; nothing where the document limits none.
void end_handshakes(const Compiler& c, NftChain& chain);
inline bool has_half_open(const Compiler& c) {
  return c.has_set(named(kHalfOpenEnds, Family::kIpv4)) || c.has_set(named(kHalfOpenEnds, Family::kIpv6));
}

// Where the forwards with SYN cookies listen.
inline constexpr std::string_view kCookieForwards = "cookie_forwards";
bool has_cookies(const Compiler& c);
// The kernel sends cookies by the routes of the main VRF, and begins connections in its zone of connection
// tracking.
inline bool may_have_cookies(const Compiler& c, ZonePair pair) {
  return pair.from != 0 && pair.to != 0 && c.vrf_of(pair.from) == SL_MAIN_VRF;
}
// The name of the chain where a SYN beyond the limit is counted and answered, and of that where the cookie is
// checked.
inline std::string over_limit(Family family) { return named("over_half_open", family); }
inline std::string cookie_chain(Family family) { return named("cookie", family); }
// A packet without a SYN begins nothing, unless it may bring a cookie.
void refuse_no_beginning(Compiler& c, NftChain& chain);
// What the kernel says in the target's name, to whom it says it.
void pass_cookies(const Compiler& c, NftChain& chain);

// Where a packet that passes is asked by the limits of its flow.
void ask_limits(const Compiler& c, NftChain& chain);

}   // namespace sluice::nft
