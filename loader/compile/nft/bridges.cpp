// SPDX-License-Identifier: GPL-2.0-or-later
// Frames that a bridge of the document carries from one member to another. Where br_netfilter is in force,
// netfilter sees them as packets that came in by the bridge and leave by it, and prerouting comes before the
// bridge looks for whom they are. The gateway routes what is sent to the MAC address of the bridge or of a
// port of it. A frame for many goes to the other members as well, so the gateway's copy is judged where it
// arrives.
#include "compile/nft/bridges.hpp"

namespace sluice::nft {
namespace {

constexpr std::string_view kBridges = "bridges", kSlaves = "bridges_in_vrfs", kOneBridge = "one_bridge",
                           kBridgeMacs = "bridge_macs";
constexpr std::string_view kOwnCopy = "own_copy";

bool is_zones(const PlannedLink& link) {
  const auto* made = std::get_if<Bridge>(&link.wanted->made);
  return link.seen->kind == "bridge" && !(made && made->quiet);
}

bool is_slave(const Compiler& c, uint32_t index) {
  return c.has_slaves && std::ranges::any_of(c.numbers.interfaces, [&](const auto& row) {
           return row.first == index && row.second.vrf != SL_MAIN_VRF;
         });
}

// The bridge, its ports, and devices on top of it.
bool takes_frames_of(const ObservedLink& link, uint32_t bridge) {
  return link.index == bridge || link.master_index == bridge ||
         (link.parent_index == bridge && link.kind != "veth");   // whose parent is its other end, anywhere
}

json for_others() { return unlike(concat({meta("iif"), payload("ether", "daddr")}), at(kBridgeMacs)); }

// In place of a hook of prerouting.
void judge_for_many(Compiler& c, std::string_view name, int priority, std::string_view judge) {
  NftChain& hook =
      c.hook(name, {{"type", "filter"}, {"hook", "input"}, {"prio", priority}, {"policy", "accept"}});
  add(hook, {unlike(meta("iif"), at(kBridges)), accept()});
  add(hook, {match(meta("pkttype"), "host"), accept()});
  add(hook, {is_in(ct("state"), "established"), c.in_force(), accept()});
  pass_own_copies(hook);
  ask_what_is_essential(hook);
  add(hook, {go(judge)});
}

}   // namespace

// Netfilter sees what came in by a slave of a VRF's device in prerouting again when it is no frame any more.
void compile_bridges(Compiler& c, const std::map<std::string, ObservedLink>& links) {
  const json one = {{"type", "iface_index"}}, two = {{"type", {"iface_index", "iface_index"}}};
  NftSet bridges{.name = std::string(kBridges), .kind = one},
      slaves{.name = std::string(kSlaves), .kind = one}, same{.name = std::string(kOneBridge), .kind = two},
      macs{.name = std::string(kBridgeMacs), .kind = {{"type", {"iface_index", "ether_addr"}}}};
  for (const PlannedLink& link : c.links) {
    if (!is_zones(link)) continue;
    const uint32_t index = link.seen->index;
    put(is_slave(c, index) ? slaves : bridges, index);
    put(same, concat({index, index}));
    for (const auto& [name, seen] : links)
      if (takes_frames_of(seen, index)) put(macs, concat({index, to_string(seen.mac)}));
  }
  for (NftSet* set : {&bridges, &slaves, &same, &macs})
    if (!set->elements.empty()) c.rules.sets.push_back(std::move(*set));
}

void leave_frames_alone(const Compiler& c, NftChain& prerouting) {
  if (c.has_set(kBridges)) add(prerouting, {match(meta("iif"), at(kBridges)), for_others(), accept()});
  if (c.has_set(kSlaves))
    add(prerouting,
        {match(meta("iif"), at(kSlaves)), match(meta("pkttype"), "host"), for_others(), accept()});
}

void pass_frames(const Compiler& c, NftChain& forward, const std::vector<json>& which) {
  if (!c.has_set(kOneBridge)) return;
  std::vector<json> rule{match(concat({meta("iif"), meta("oif")}), at(kOneBridge)), for_others()};
  rule.insert(rule.end(), which.begin(), which.end());
  rule.push_back(accept());
  add(forward, rule);
}

void compile_arrival_for_many(Compiler& c) {
  if (!c.has_set(kBridges)) return;
  if (c.has_vrfs()) judge_for_many(c, "sender_for_many", kBeforeTranslation, kSender);
  judge_for_many(c, "arrival_for_many", kArrival, kArrived);
}

// What the gateway says to many comes back to itself as a copy that has no link header. A stranger cannot
// send that, whatever source it claims.
void compile_own_copies(Compiler& c) {
  NftChain& chain = c.chain(kOwnCopy);
  const std::vector<json> from_the_wire{"ip", "ip6", "vlan", "8021ad", 0x8864};   // PPPoE
  add(chain, {match(payload("ether", "type"), any_of(from_the_wire)), leave()});
  add(chain, {accept()});
}

void pass_own_copies(NftChain& chain) {
  add(chain, {unlike(meta("pkttype"), "host"), match(meta("iiftype"), "ether"),
              match(fib("type", "saddr"), "local"), jump(kOwnCopy)});
}

}   // namespace sluice::nft
