// SPDX-License-Identifier: GPL-2.0-or-later
// What comes in, judged right after its destination was translated and before the kernel routes it: what is
// not allowed never reaches the code that answers with "time exceeded" or "too big".
#include <netinet/in.h>

#include "plan/nft/context.hpp"

namespace sluice::nft {
namespace {

json icmp_type(Family family, std::vector<json> types) {
  return match(payload(family == Family::kIpv4 ? "icmp" : "icmpv6", "type"), any_of(std::move(types)));
}

json networks(std::initializer_list<const char*> texts) {
  std::vector<json> list;
  for (const char* text : texts) list.push_back(prefix(*Prefix::parse(text)));
  return any_of(std::move(list));
}

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
void refuse_zero_ports(NftChain& chain) {
  for (const char* field : {"sport", "dport"})
    add(chain, {match(meta("l4proto"), any_of({"tcp", "udp", "udplite", "sctp"})),
                match(payload("th", field), 0), drop_as(SL_DROP_ZERO_PORT)});
}

// Without these the link itself stops working; the kernel checks and never forwards them.
void compile_essential(Compiler& c) {
  NftChain& chain = c.chain(kEssential);
  add(chain,
      {match(payload("ip6", "hoplimit"), 255), icmp_type(Family::kIpv6, {133, 134, 135, 136, 137}), accept()},
      "neighbour discovery");
  add(chain, {icmp_type(Family::kIpv6, {130, 131, 132, 143}), accept()}, "multicast listeners");
  add(chain, {match(payload("ip", "protocol"), 2), accept()}, "multicast groups");
  add(chain,
      {of_family(Family::kIpv4), match(payload("udp", "sport"), 67), match(payload("udp", "dport"), 68),
       accept()},
      "answers to the DHCP client");
  add(chain,
      {match(destination(Family::kIpv6), prefix(*Prefix::parse("fe80::/10"))),
       match(payload("udp", "sport"), 547), match(payload("udp", "dport"), 546), accept()},
      "answers to the DHCPv6 client");
}

void refuse_bogons(Compiler& c, NftChain& chain) {
  for (const auto& [index, row] : c.numbers.interfaces)
    for (const Family family : kFamilies)
      if (row.bogons)
        add(chain,
            {match(meta("iif"), index), match(source(family), at(c.prefix_set(c.numbers.bogons, family))),
             drop_as(SL_DROP_BOGON)});
}

// RFC 2827, RFC 3704: who claims an address must be where that address is.
void compile_check_source(Compiler& c) {
  NftChain& chain = c.chain(kCheckSource);
  add(chain, {match(source(Family::kIpv6), prefix(*Prefix::parse("fe80::/10"))), leave()});
  add(chain, {match(fib("type", "saddr"), "local"), drop_as(SL_DROP_OWN_SOURCE)});
  refuse_bogons(c, chain);
  for (const auto& [index, row] : c.numbers.interfaces)
    if (row.anti_spoofing == SL_ANY_SOURCE) add(chain, {match(meta("iif"), index), leave()});
  add(chain, {unlike(concat({meta("iif"), fib("oif", "saddr")}), at("ways_back")), drop_as(SL_DROP_SPOOFED)});
}

// Errors belong to the flow of what they quote (RFC 5508): conntrack has found it.
void judge_errors(Compiler& c, NftChain& chain) {
  add(chain, {icmp_type(Family::kIpv4, {5}), drop_as(SL_DROP_ICMP_TYPE)});
  add(chain, {is_in(ct("state"), "related"), jump(kCheckSource)});
  add(chain, {is_in(ct("state"), "related"), c.in_force(), accept()});
}

void refuse_without_flow(NftChain& chain) {
  const json invalid = is_in(ct("state"), "invalid");
  add(chain, {invalid, icmp_type(Family::kIpv4, {3, 4, 11, 12}), drop_as(SL_DROP_ICMP_NO_FLOW)});
  add(chain, {invalid, icmp_type(Family::kIpv6, {1, 2, 3, 4}), drop_as(SL_DROP_ICMP_NO_FLOW)});
  add(chain, {invalid, icmp_type(Family::kIpv4, {0, 14}), drop_as(SL_DROP_NO_FLOW)});
  add(chain, {invalid, icmp_type(Family::kIpv6, {129}), drop_as(SL_DROP_NO_FLOW)});
  add(chain,
      {invalid, match(meta("l4proto"), any_of({IPPROTO_ICMP, IPPROTO_ICMPV6})), drop_as(SL_DROP_ICMP_TYPE)});
  add(chain, {invalid, drop_as(SL_DROP_NO_FLOW)});
}

// What a routed flow must look like at its start.
void refuse_bad_starts(NftChain& chain) {
  add(chain, {unlike(meta("pkttype"), "host"), drop_as(SL_DROP_LINK_BROADCAST)});
  add(chain, {icmp_type(Family::kIpv4, {15, 17}), drop_as(SL_DROP_ICMP_TYPE)});
  const json flags = {
      {"&", json::array({payload("tcp", "flags"), json::array({"syn", "ack", "rst", "fin"})})}};
  add(chain, {is_in(ct("state"), "new"), unlike(flags, "syn"), drop_as(SL_DROP_NO_FLOW)});
  add(chain,
      {match(source(Family::kIpv6), prefix(*Prefix::parse("fe80::/10"))), drop_as(SL_DROP_BAD_ADDRESS)});
  add(chain,
      {match(destination(Family::kIpv6), prefix(*Prefix::parse("fe80::/10"))), drop_as(SL_DROP_BAD_ADDRESS)});
}

void add_forward_sources(Compiler& c, NftChain& chain) {
  for (const Family family : kFamilies)
    for (const char* map : {"forward_source", "forward_source_range"})
      if (c.has_set(named(map, family)))
        add(chain, {is_in(ct("status"), "dnat"), match(meta("l4proto"), any_of({"tcp", "udp"})),
                    branch(concat({ct_address("original", "daddr", family), protocol_in_key(),
                                   ct("proto-dst", "original")}),
                           at(named(map, family)))});
}

void compile_arrived(Compiler& c) {
  NftChain chain{std::string(kArrived), nullptr, {}};
  refuse_bad_addresses(chain);
  refuse_zero_ports(chain);
  judge_errors(c, chain);
  add(chain, {match(fib("type", "daddr"), any_of({"broadcast", "multicast"})),
              branch(meta("iif"), at("towards_host"))});
  add(chain, {match(source(Family::kIpv4), "0.0.0.0"), drop_as(SL_DROP_BAD_ADDRESS)});
  refuse_without_flow(chain);
  add(chain, {match(ct("direction"), "reply"), go(kArrivedReply)});
  add(chain, {jump(kCheckSource)});
  add_forward_sources(c, chain);
  add(chain, {match(fib("type", "daddr"), any_of({"local", "anycast"})), go("arrived_for_host")});
  refuse_bad_starts(chain);
  add(chain, {branch(concat({meta("iif"), fib("oif", "daddr")}), at("between"))});
  // Without a route the kernel answers "unreachable", and forwards nothing.
  add(chain, {match(fib("oif", "daddr"), false), count(meta("iif"), "dropped_no_route"), accept()});
  add(chain, {drop_as(SL_DROP_NO_ZONE)});
  c.rules.chains.push_back(std::move(chain));
}

// An address of another interface is fair to ask for, unless it is what a masquerade hides.
void compile_for_host(Compiler& c) {
  NftChain chain{"arrived_for_host", nullptr, {}};
  for (const Family family : kFamilies) {
    NftSet hidden{.name = named("hidden", family), .kind = {{"type", {"iface_index", type_of(family)}}}};
    for (const auto& [key, local] : c.numbers.local_addr) {
      const IpAddress address = address_of(key.address);
      if (address.family() != family || local.zone >= c.numbers.zones.size()) continue;
      for (const auto& [index, row] : c.numbers.interfaces)
        if (row.zone != local.zone && masquerade_of(c.pair(local.zone, row.zone), family))
          put(hidden, concat({index, address.to_string()}));
    }
    add(chain, {match(concat({meta("iif"), destination(family)}), at(hidden.name)),
                drop_as(SL_DROP_INSIDE_ADDRESS)});
    c.rules.sets.push_back(std::move(hidden));
  }
  add(chain, {branch(meta("iif"), at("towards_host"))});
  add(chain, {drop_as(SL_DROP_NO_ZONE)});
  c.rules.chains.push_back(std::move(chain));
}

// The answer of a flow that the rules in force have not judged yet: its own direction is judged.
void compile_arrived_reply(Compiler& c) {
  NftChain& chain = c.chain(kArrivedReply);
  add(chain, {match(fib("type", "daddr"), "local"), branch(meta("iif"), at("out_of_host"))});
  add(chain, {branch(concat({fib("oif", "daddr"), meta("iif")}), at("between"))});
  add(chain, {drop_as(SL_DROP_WRONG_ZONE)});
}

}   // namespace

void compile_arrival(Compiler& c) {
  compile_essential(c);
  compile_check_source(c);
  compile_for_host(c);
  compile_arrived_reply(c);
  compile_arrived(c);
  NftChain& admitted = c.chain(kAdmitted);
  add(admitted, {is_in(ct("state"), "new"), match(bits(ct("mark"), kMarkObjects), at("flows")), accept()});
  add(admitted, {accept()});
  NftChain& hook =
      c.hook("arrival", {{"type", "filter"}, {"hook", "prerouting"}, {"prio", -90}, {"policy", "accept"}});
  add(hook, {is_in(ct("state"), "established"), c.in_force(), accept()});
  add(hook, {unlike(meta("iif"), at("managed")), accept()});
  add(hook, {jump(kEssential)});
  add(hook, {is_in(ct("state"), "new"), jump(kTimeouts)});
  add(hook, {go(kArrived)});
}

}   // namespace sluice::nft
