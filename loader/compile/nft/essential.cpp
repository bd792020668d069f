// SPDX-License-Identifier: GPL-2.0-or-later
// What the members of a link say to keep it working: nobody judges it, and it is accepted only where it can
// be meant.
#include <netinet/in.h>

#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

json neighbour_discovery(std::vector<json> types) { return icmp_type(Family::kIpv6, std::move(types)); }
json multicast_listeners() { return icmp_type(Family::kIpv6, {130, 131, 132, 143}); }
json multicast_groups() { return match(payload("ip", "protocol"), 2); }

// What tells an interface its address and its routers: the conditions of each, and what it is.
std::vector<std::pair<std::vector<json>, std::string>> answers_of_uplinks() {
  return {{{match(payload("ip6", "hoplimit"), 255), neighbour_discovery({134})}, "router advertisements"},
          {{of_family(Family::kIpv4), match(payload("udp", "sport"), 67), match(payload("udp", "dport"), 68)},
           "answers to the DHCP client"},
          {{match(destination(Family::kIpv6), prefix(*Prefix::parse("fe80::/10"))),
            match(payload("udp", "sport"), 547), match(payload("udp", "dport"), 546)},
           "answers to the DHCPv6 client"}};
}

// Without these the link itself stops working; the kernel checks and never forwards them. What can be meant
// here is accepted, and of the rest what nobody but a link's members says is dropped (bpf/path/admit.h).
void compile_arriving(Compiler& c) {
  NftChain& chain = c.chain(kEssential);
  const json misplaced = drop_as(SL_DROP_CONTROL);
  for (auto& [conditions, what] : answers_of_uplinks()) {
    conditions.insert(conditions.begin(), match(meta("iif"), at("uplinks")));
    conditions.push_back(accept());
    add(chain, conditions, what);
  }
  add(chain, {match(payload("ip6", "hoplimit"), 255), neighbour_discovery({133, 135, 136}), accept()},
      "neighbour discovery");
  add(chain, {neighbour_discovery({133, 134, 135, 136, 137}), misplaced});
  add(chain,
      {match(payload("ip6", "hoplimit"), 1), match(source(Family::kIpv6), networks({"fe80::/10", "::/128"})),
       multicast_listeners(), accept()},
      "multicast listeners");
  add(chain, {multicast_listeners(), misplaced});
  add(chain, {match(payload("ip", "ttl"), 1), multicast_groups(), accept()}, "multicast groups");
  add(chain, {multicast_groups(), misplaced});
  add(chain, {icmp_type(Family::kIpv4, {5}), misplaced}, "redirects");
}

// The gateway's own. It sends no redirects: they would lead inside hosts past it.
void compile_own(Compiler& c) {
  NftChain& chain = c.chain(kOwnEssential);
  for (auto& [conditions, what] : answers_of_uplinks()) {
    conditions.push_back(accept());
    add(chain, conditions, what);
  }
  add(chain, {match(payload("ip6", "hoplimit"), 255), neighbour_discovery({133, 135, 136}), accept()},
      "neighbour discovery");
  add(chain, {neighbour_discovery({137}), drop_own_as(SL_DROP_CONTROL)}, "redirects");
  add(chain, {multicast_listeners(), accept()}, "multicast listeners");
  add(chain, {multicast_groups(), accept()}, "multicast groups");
}

}   // namespace

// What is of no such protocol or port need not be asked what it is.
void ask_what_is_essential(NftChain& chain) {
  add(chain,
      {match(meta("l4proto"), any_of({IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_IGMP})), jump(kEssential)});
  add(chain, {match(payload("udp", "dport"), any_of({68, 546})), jump(kEssential)});
}

void compile_essential(Compiler& c) {
  compile_arriving(c);
  compile_own(c);
}

}   // namespace sluice::nft
