// SPDX-License-Identifier: GPL-2.0-or-later
// What comes in, judged right after its destination was translated and before the kernel routes it: what is
// not allowed never reaches the code that answers with "time exceeded" or "too big".
#include <netinet/in.h>

#include <set>

#include "compile/nft/bridges.hpp"
#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

// RFC 1812 section 5.3.7, RFC 4291, RFC 6890: addresses that no routed packet may carry.
void refuse_bad_addresses(NftChain& chain) {
  const json bad = drop_as(SL_DROP_BAD_ADDRESS);
  add(chain, {match(source(Family::kIpv4), networks({"127.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4"})), bad});
  add(chain, {match(source(Family::kIpv4), prefix(*Prefix::parse("0.0.0.0/8"))),
              unlike(source(Family::kIpv4), "0.0.0.0"), bad});
  add(chain, {match(destination(Family::kIpv4), networks({"127.0.0.0/8", "0.0.0.0/8"})), bad});
  add(chain, {match(source(Family::kIpv6), networks({"::/96", "ff00::/8"})), bad});
  add(chain, {match(destination(Family::kIpv6), networks({"::/96"})), bad});
}

// RFC 6335 section 6: port 0 is reserved, which no service can have.
void refuse_zero_ports(Compiler& c, NftChain& chain) {
  NftChain zero{"zero_ports", nullptr, {}};
  for (const char* field : {"sport", "dport"})
    add(zero, {match(payload("th", field), 0), drop_as(SL_DROP_ZERO_PORT)});
  c.rules.chains.push_back(std::move(zero));
  add(chain, {match(meta("l4proto"), protocols_that_have_ports()), jump("zero_ports")});
}

void refuse_malformed(Compiler& c, NftChain& chain) {
  refuse_bad_addresses(chain);
  refuse_zero_ports(c, chain);
}

void refuse_unspecified(NftChain& chain) {
  add(chain, {match(source(Family::kIpv4), "0.0.0.0"), drop_as(SL_DROP_BAD_ADDRESS)});
}

// Datagrams to many end at the gateway. The kernel has the broadcast addresses of all VRFs in one table, so
// this is for documents with VRFs.
std::vector<json> is_to_many() {
  return {match(destination(Family::kIpv4), networks({"224.0.0.0/4", "255.255.255.255/32"})),
          match(destination(Family::kIpv6), networks({"ff00::/8"}))};
}

// Errors belong to the flow of what they quote (RFC 5508): conntrack has found it.
void judge_errors(Compiler& c, NftChain& chain) {
  if (!c.has_vrfs()) add(chain, {is_in(ct("state"), "related"), jump(kCheckSource)});
  add(chain, c.passes({is_in(ct("state"), "related"), c.in_force()}));
}

void compile_without_flow(Compiler& c) {
  NftChain& chain = c.chain(kWithoutFlow);
  add(chain, {icmp_type(Family::kIpv4, {3, 4, 11, 12}), drop_as(SL_DROP_ICMP_NO_FLOW)});
  add(chain, {icmp_type(Family::kIpv6, {1, 2, 3, 4}), drop_as(SL_DROP_ICMP_NO_FLOW)});
  add(chain, {icmp_type(Family::kIpv4, {0, 14}), drop_as(SL_DROP_NO_FLOW)});
  add(chain, {icmp_type(Family::kIpv6, {129}), drop_as(SL_DROP_NO_FLOW)});
  add(chain, {match(meta("l4proto"), any_of({IPPROTO_ICMP, IPPROTO_ICMPV6})), drop_as(SL_DROP_ICMP_TYPE)});
  add(chain, {drop_as(SL_DROP_NO_FLOW)});
}

// In IPv6 rules see an authentication header, and connection tracking the protocol behind it: policies about
// that would not be asked.
void refuse_hidden_protocols(NftChain& chain) {
  add(chain, {match(meta("l4proto"), IPPROTO_AH), unlike(protocol_in_key(), IPPROTO_AH),
              drop_as(SL_DROP_TOO_MANY_EXTENSIONS)});
}

// What a routed flow must look like at its start.
void refuse_bad_starts(Compiler& c, NftChain& chain) {
  add(chain, {unlike(meta("pkttype"), "host"), drop_as(SL_DROP_LINK_BROADCAST)});
  refuse_hidden_protocols(chain);
  add(chain, {icmp_type(Family::kIpv4, {15, 17}), drop_as(SL_DROP_ICMP_TYPE)});
  refuse_no_beginning(c, chain);
  add(chain,
      {match(source(Family::kIpv6), prefix(*Prefix::parse("fe80::/10"))), drop_as(SL_DROP_BAD_ADDRESS)});
  add(chain,
      {match(destination(Family::kIpv6), prefix(*Prefix::parse("fe80::/10"))), drop_as(SL_DROP_BAD_ADDRESS)});
}

void add_forward_sources(Compiler& c, NftChain& chain) {
  for (const Family family : kFamilies)
    for (const char* map : {"forward_source", "forward_source_range"})
      if (const std::string name = c.by_view(map, family); c.has_set(name))
        add(chain, {is_in(ct("status"), "dnat"), match(meta("l4proto"), any_of({"tcp", "udp"})),
                    branch(c.in_view(asked_key(family)), at(name))});
}

// A flow that is there goes on: it has been translated.
void refuse_without_backend(Compiler& c, NftChain& chain) {
  for (const Family family : kFamilies)
    if (const std::string name = c.by_view("service_refused_range", family); c.has_set(name))
      add(chain,
          {match({{"&", json::array({ct("status"), "dnat"})}}, 0),
           match(meta("l4proto"), any_of({"tcp", "udp"})), branch(c.in_view(asked_key(family)), at(name))});
}

// Without a route the kernel answers "unreachable", and forwards nothing.
void judge_route(Compiler& c, NftChain& chain) {
  add(chain, {branch(concat({meta("iif"), c.way_to("daddr")}), at("between"))});
  add(chain, {match(c.way_to("daddr"), false), count(meta("iif"), "dropped_no_route"), accept()});
}

// The way out must be in the VRF that was asked. The kernel goes on to the next one, and in the end it would
// ask the routes of all: so it is not left to answer.
void judge_route_in_vrf(Compiler& c, NftChain& chain) {
  const json unreachable = {{"reject", {{"type", "icmpx"}, {"expr", "no-route"}}}};
  NftChain no_route{"no_route", nullptr, {}};
  add(no_route, {count(meta("iif"), "dropped_no_route"), mark_of_arrival()});
  count_dropped_endpoints(c, no_route, "no_route");
  add(no_route, {unreachable});
  c.rules.chains.push_back(std::move(no_route));
  add(chain, {match(concat({meta("mark"), c.way_to("daddr")}), at("vrf_devices")),
              branch(concat({meta("iif"), c.way_to("daddr")}), at("between"))});
  add(chain, {match(c.way_to("daddr"), false), go("no_route")});
  add(chain, {unlike(concat({meta("mark"), meta("iif")}), at("vrf_devices")), go("no_route")});
}

// What is asked whatever it goes to, until it is known where that is.
void judge_sender(Compiler& c, NftChain& chain) {
  refuse_unspecified(chain);
  add(chain, {is_in(ct("state"), "invalid"), go(kWithoutFlow)});
  add(chain, {match(ct("direction"), "reply"), go(kArrivedReply)});
  if (!c.has_vrfs()) add(chain, {jump(kCheckSource)});
  add_forward_sources(c, chain);
  refuse_without_backend(c, chain);
}

// The kernel is asked once what the destination is to it.
void branch_by_destination(Compiler& c, NftChain& chain) {
  NftChain many{"arrived_for_many", nullptr, {}}, own{"arrived_for_own", nullptr, {}};
  add(many, {branch(meta("iif"), at("towards_host"))});
  judge_sender(c, own);
  add(own, {go("arrived_for_host")});
  std::vector<json> ways;
  for (const char* type : {"broadcast", "multicast"}) ways.push_back(json::array({type, jump(many.name)}));
  for (const char* type : {"local", "anycast"}) ways.push_back(json::array({type, go(own.name)}));
  add(chain, {branch(fib("type", "daddr"), any_of(std::move(ways)))});
  c.rules.chains.push_back(std::move(many));
  c.rules.chains.push_back(std::move(own));
}

void compile_arrived(Compiler& c) {
  NftChain chain{std::string(kArrived), nullptr, {}};
  refuse_malformed(c, chain);
  judge_errors(c, chain);
  branch_by_destination(c, chain);
  judge_sender(c, chain);
  refuse_bad_starts(c, chain);
  judge_route(c, chain);
  add(chain, {drop_as(SL_DROP_NO_ZONE)});
  c.rules.chains.push_back(std::move(chain));
}

void compile_arrived_in_vrf(Compiler& c) {
  NftChain chain{std::string(kArrived), nullptr, {}};
  judge_errors(c, chain);
  for (json& many : is_to_many()) add(chain, {std::move(many), branch(meta("iif"), at("towards_host"))});
  judge_sender(c, chain);
  add(chain, {is_in(ct("status"), "dnat"), jump(kTranslated)});
  for (json& own : is_gateways(c, "daddr")) add(chain, {std::move(own), go("arrived_for_host")});
  refuse_bad_starts(c, chain);
  judge_route_in_vrf(c, chain);
  add(chain, {drop_as(SL_DROP_NO_ZONE)});
  c.rules.chains.push_back(std::move(chain));
}

// The sender is looked for by the routes of the VRF that it sends from, so before anybody asks which VRF its
// destination is in.
void compile_sender(Compiler& c) {
  NftChain chain{std::string(kSender), nullptr, {}};
  refuse_malformed(c, chain);
  for (json& many : is_to_many()) add(chain, {std::move(many), accept()});
  add(chain, {is_in(ct("state"), "related"), jump(kCheckSource)});
  add(chain, {is_in(ct("state"), {"related", "invalid"}), accept()});
  add(chain, {match(ct("direction"), "reply"), accept()});
  refuse_unspecified(chain);
  add(chain, {jump(kCheckSource)});
  add(chain, {go(kView)});
  c.rules.chains.push_back(std::move(chain));
}

// By VRF.
using OwnAddresses = std::set<std::pair<uint32_t, IpAddress>>;

OwnAddresses own_addresses(const Compiler& c) {
  OwnAddresses own;
  for (const auto& [key, local] : c.numbers.local_addr) own.emplace(key.tag, address_of(key.address));
  return own;
}

// Addresses of the family that a masquerade hides from those who send by a device, unless their own VRF has
// the same address: that one is who they ask.
NftSet hidden_addresses(const Compiler& c, const OwnAddresses& own, Family family) {
  NftSet hidden{.name = named("hidden", family), .kind = {{"type", {"iface_index", type_of(family)}}}};
  for (const auto& [key, local] : c.numbers.local_addr) {
    const IpAddress address = address_of(key.address);
    if (address.family() != family || local.zone >= c.numbers.zones.size()) continue;
    for (const auto& [index, row] : c.numbers.interfaces) {
      if (row.zone == local.zone || !masquerade_of(c.pair(local.zone, row.zone), family)) continue;
      const uint16_t vrf = c.vrf_of(row.zone);
      if (vrf == key.tag || !own.contains({vrf, address})) put(hidden, concat({index, address.to_string()}));
    }
  }
  return hidden;
}

// An address of another interface is fair to ask for, unless it is what a masquerade hides.
void compile_for_host(Compiler& c) {
  NftChain chain{"arrived_for_host", nullptr, {}};
  if (c.has_vrfs())
    add(chain, {unlike(concat({meta("mark"), meta("iif")}), at("vrf_devices")), drop_as(SL_DROP_OTHER_VRF)});
  const OwnAddresses own = own_addresses(c);
  for (const Family family : kFamilies) {
    NftSet hidden = hidden_addresses(c, own, family);
    add(chain, {match(concat({meta("iif"), destination(family)}), at(hidden.name)),
                drop_as(SL_DROP_INSIDE_ADDRESS)});
    c.rules.sets.push_back(std::move(hidden));
  }
  add(chain, {branch(meta("iif"), at("towards_host"))});
  add(chain, {drop_as(SL_DROP_NO_ZONE)});
  c.rules.chains.push_back(std::move(chain));
}

// It began in the VRF whose number its zone of connection tracking has.
json mark_of_first_packet(const Compiler& c) {
  std::vector<json> marks{json::array({SL_MAIN_VRF, vrf_mark(SL_MAIN_VRF)})};
  for (const Vrf& vrf : c.document.vrfs) marks.push_back(json::array({vrf.table, vrf_mark(vrf.table)}));
  return set_to(meta("mark"), lookup(ct("zone", "original"), any_of(std::move(marks))));
}

// The answer of a flow that the rules in force have not judged yet: its own direction is judged.
void compile_arrived_reply(Compiler& c) {
  NftChain chain{std::string(kArrivedReply), nullptr, {}};
  if (c.has_vrfs()) add(chain, {mark_of_first_packet(c)});
  for (json& own : is_gateways(c, "daddr"))
    add(chain, {std::move(own), branch(meta("iif"), at("out_of_host"))});
  refuse_hidden_protocols(chain);
  add(chain, {branch(concat({c.way_to("daddr"), meta("iif")}), at("between"))});
  add(chain, {drop_as(SL_DROP_WRONG_ZONE)});
  c.rules.chains.push_back(std::move(chain));
}

void compile_admitted(Compiler& c) {
  NftChain& chain = c.chain(kAdmitted);
  add(chain, {c.judged()});
  end_handshakes(c, chain);
  add(chain, c.passes({is_in(ct("state"), "new"), match(bits(ct("mark"), kMarkObjects), at("flows"))}));
  add(chain, c.passes({}));
}

// The reset has the number that the packet acknowledges. It belongs to the flow, so it is translated back.
void compile_over(Compiler& c) {
  NftChain& chain = c.chain(kOver);
  const std::string reason = drop_name(SL_DROP_FLOW_ENDED);
  add(chain, {count(meta("iif"), "dropped_" + reason)});
  count_dropped_endpoints(c, chain, reason);
  if (c.has_vrfs()) add(chain, {mark_of_arrival()});
  add(chain, {match(meta("l4proto"), "tcp"), {{"reject", {{"type", "tcp reset"}}}}});
  add(chain, {drop()});
}

}   // namespace

void compile_arrival(Compiler& c) {
  compile_check_source(c);
  compile_for_host(c);
  compile_arrived_reply(c);
  compile_without_flow(c);
  if (c.has_vrfs()) {
    compile_arrived_in_vrf(c);
    compile_sender(c);
  } else {
    compile_arrived(c);
  }
  compile_admitted(c);
  const bool has_services = c.has_services();
  if (has_services) compile_over(c);
  NftChain& hook = c.hook(
      "arrival", {{"type", "filter"}, {"hook", "prerouting"}, {"prio", kArrival}, {"policy", "accept"}});
  add(hook, c.passes({is_in(ct("state"), "established"), c.in_force()}));
  add(hook, {unlike(meta("iif"), at("managed")), accept()});
  leave_frames_alone(c, hook);
  if (has_services)
    add(hook,
        {is_in(ct("state"), "established"), match(bits(ct("mark"), ~kMarkOfPair), kMarkOver), go(kOver)});
  pass_own_copies(hook);
  ask_what_is_essential(hook);
  add(hook, {is_in(ct("state"), "new"), jump(kTimeouts)});
  add(hook, {go(kArrived)});
}

}   // namespace sluice::nft
