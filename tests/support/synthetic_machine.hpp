// SPDX-License-Identifier: GPL-2.0-or-later
// A machine that was never seen: two devices, everything as a fresh Debian has it; and what a plan makes of
// it.
#pragma once

#include <algorithm>
#include <variant>

#include "compile/nft/rules_nft.hpp"
#include "plan/parts.hpp"
#include "plan/planner.hpp"

namespace sluice::test {

inline void add_link(Observed& seen, const std::string& name, uint32_t index,
                     const std::string& kind = "veth") {
  ObservedLink link;
  link.name = name;
  link.index = index;
  link.mtu = 1500;
  link.up = true;
  link.kind = kind;
  link.mac = {2, 0, 0, 0, 0, static_cast<uint8_t>(index)};
  seen.links[name] = link;
  for (const char* family : {"ipv4", "ipv6"})
    seen.sysctls[std::string("net/") + family + "/conf/" + name + "/forwarding"] = "0";
  seen.sysctls["net/ipv6/conf/" + name + "/accept_ra"] = "1";
  for (const std::string& path : link_setting_paths({{name, link}}))
    seen.sysctls.emplace(path, path.contains("/arp_") ? "0" : "1");
}

// Only `lo`, and no other device.
inline Observed empty_machine() {
  Observed seen;
  add_link(seen, "lo", 1, "");
  seen.links["lo"].has_ethernet = false;
  for (const char* family : {"ipv4", "ipv6"})
    for (const char* device : {"all", "default"})
      seen.sysctls[std::string("net/") + family + "/conf/" + device + "/forwarding"] = "0";
  seen.sysctls["net/ipv4/ip_forward"] = "0";
  for (const std::string& path : conntrack_sysctl_paths()) seen.sysctls[path] = "1";
  for (const std::string& path : link_setting_paths({})) seen.sysctls[path] = "1";
  seen.engine.available_build = "b1";
  return seen;
}

inline Observed fresh_machine() {
  Observed seen = empty_machine();
  add_link(seen, "wan", 2);
  add_link(seen, "lan", 3);
  seen.default_ways = {2};
  return seen;
}

// With every device that the document names. No device can be called like the places where /proc/sys keeps
// settings.
inline Observed machine_for(const Document& document) {
  Observed seen = empty_machine();
  uint32_t index = 2;
  for (const Interface& interface : document.interfaces)
    if (interface.name != "all" && interface.name != "default" && interface.made.index() == 0)
      add_link(seen, interface.name, index++);
  return seen;
}

// What the steps do to a machine, as far as the planner looks at it.
struct CarryOut {
  Observed& seen;

  // As remember_devices() of gateway/records.hpp does.
  void remember_devices(const step::SetSysctl& s) const {
    const auto all = s.path.find("/all/forwarding");
    if (all == std::string::npos) return;
    const bool were_hosts = s.path == kForwardingRecords[0] && s.previous == "1" &&
                            std::ranges::any_of(kForwardingRecords, [&](const char* path) {
                              return seen.original_sysctls.contains(path);
                            });
    for (const auto& [path, value] : seen.sysctls)
      if (path != s.path && path.starts_with(s.path.substr(0, all)) && path.ends_with("/forwarding"))
        seen.original_sysctls.emplace(path, were_hosts ? "0" : value);
  }
  void operator()(const step::SetSysctl& s) const {
    remember_devices(s);
    seen.original_sysctls.emplace(s.path, s.previous);
    seen.sysctls[s.path] = s.value;
    // The kernel believes redirects where it does not forward.
    if (s.path == "net/ipv4/conf/all/forwarding")
      seen.sysctls["net/ipv4/conf/all/accept_redirects"] = s.value == "1" ? "0" : "1";
    const auto all = s.path.find("/all/forwarding");
    if (all == std::string::npos) return;
    for (auto& [path, value] : seen.sysctls)
      if (path.starts_with(s.path.substr(0, all)) && path.ends_with("/forwarding")) value = s.value;
  }
  void operator()(const step::LoadPrograms& s) const {
    seen.engine.loaded = true;
    seen.engine.build = s.build;
    seen.engine.sizes = s.sizes;
  }
  void operator()(const step::LeavePlaces&) const {}
  void operator()(const step::CarryTables&) const {}
  void operator()(const step::CarryRows&) const {
    seen.engine.leftovers |= seen.engine.other_layout;
    seen.engine.other_layout = false;
  }
  void operator()(const step::ReturnToTables&) const {}
  void operator()(const step::DropTables&) const { seen.engine.leftovers = false; }
  void operator()(const step::LeadService& s) const { seen.engine.rules_digest = s.digest; }
  void operator()(const step::PutRules& s) const {
    seen.engine.rules_digest = s.digest;
    know_objects(*s.rules);
    seen.engine.slots.clear();
    for (const auto& [index, row] : s.rules->interfaces) seen.engine.slots[index] = row.slot;
  }
  void operator()(const step::TakeRulesBack&) const {}
  void operator()(const step::AttachProgram& s) const { seen.engine.attachments.insert({s.link, s.hook}); }
  void operator()(const step::DetachProgram& s) const { seen.engine.attachments.erase({s.link, s.hook}); }
  void operator()(const step::UnloadPrograms&) const {
    seen.engine.loaded = false;
    seen.engine.build = seen.engine.rules_digest = "";
    seen.engine.slots.clear();
  }
  void operator()(const step::PutTable& s) const {
    seen.nft.loaded = true;
    seen.nft.digest = s.digest;
    seen.nft.generation = s.rules->generation;
    seen.nft.rules = s.rules;
    seen.nft.pair_numbers.clear();
    for (size_t number = 1; number < s.rules->pairs.size(); ++number)
      if (!(s.rules->pairs[number] == ZonePair{}))
        seen.nft.pair_numbers[s.rules->pair_names[number]] = static_cast<uint16_t>(number);
    know_objects(*s.rules->numbers);
  }
  void operator()(const step::RemoveTable&) const { seen.nft = {}; }
  void operator()(const step::CarryFlows&) const {}
  void operator()(const step::AddAddress& s) const {
    seen.links[s.link].addresses.push_back({s.address, false, s.routed});
    seen.owned_addresses.insert({s.link, s.address});
  }
  void operator()(const step::RemoveAddress& s) const {
    std::erase_if(seen.links[s.link].addresses,
                  [&](const ObservedAddress& a) { return a.address == s.address; });
    seen.owned_addresses.erase({s.link, s.address});
  }
  void operator()(const step::AddRoute& s) const { seen.routing.routes.insert(s.route); }
  void operator()(const step::RemoveRoute& s) const { seen.routing.routes.erase(s.route); }
  void operator()(const step::AddRule& s) const { seen.routing.rules.insert(s.rule); }
  void operator()(const step::RemoveRule& s) const { seen.routing.rules.erase(s.rule); }
  void operator()(const step::SetLinkUp& s) const { seen.links[s.link].up = true; }
  void operator()(const step::MakeSpace& s) const {
    constexpr uint32_t kNumber = 4026532000;
    seen.spaces[s.name] = {.number = kNumber};
    seen.owned_spaces[s.name] = kNumber;
  }
  void operator()(const step::RemoveSpace& s) const {
    seen.spaces.erase(s.name);
    seen.owned_spaces.erase(s.name);
  }
  void operator()(const step::MakeLink& s) const {
    const uint32_t index = s.index ? s.index : static_cast<uint32_t>(seen.links.size() + 20);
    add_link(seen, s.link.name, index, std::string(kind_name(s.link.parameters)));
    seen.links[s.link.name].up = false;
    seen.links[s.link.name].parameters = s.link.parameters;
    if (const std::string& parent = parent_of(s.link.parameters); !parent.empty())
      seen.links[s.link.name].parent_index = seen.links[parent].index;
    if (const auto* tunnel = std::get_if<WireguardLink>(&s.link.parameters))
      seen.tunnels[s.link.name].userspace = tunnel->userspace;
    seen.owned_links[s.link.name] = {seen.links[s.link.name].kind, index};
  }
  void operator()(const step::ChangeLink& s) const { seen.links[s.link.name].parameters = s.link.parameters; }
  void operator()(const step::RemoveLink& s) const {
    seen.links.erase(s.link.name);
    seen.owned_links.erase(s.link.name);
    seen.tunnels.erase(s.link.name);
    for (auto& [name, link] : seen.links)
      if (link.master == s.link.name) link.master.clear();
  }
  void operator()(const step::SetMtu& s) const { seen.links[s.link].mtu = s.mtu; }
  void operator()(const step::AddEntry& s) const { seen.forwarding[s.link].insert(s.entry); }
  void operator()(const step::RemoveEntry& s) const { seen.forwarding[s.link].erase(s.entry); }
  void operator()(const step::AddPortVlan& s) const { seen.port_vlans[s.link][s.vlan.id] = s.vlan.untagged; }
  void operator()(const step::RemovePortVlan& s) const { seen.port_vlans[s.link].erase(s.vlan.id); }
  void operator()(const step::PutMacLimits& s) const {
    seen.mac_limits = {
        .is_there = !s.limits.empty(), .intact = !s.limits.empty(), .limits = s.limits, .refused = {}};
  }
  void operator()(const step::PutQueues& s) const { seen.queues[s.link] = s.queues; }
  void operator()(const step::RemoveQueues& s) const { seen.queues.erase(s.link); }
  void operator()(const step::ChangeTunnel& s) const {
    Tunnel& tunnel = seen.tunnels[s.link].tunnel;
    tunnel.private_key = s.change.private_key.value_or(tunnel.private_key);
    tunnel.port = s.change.port.value_or(tunnel.port);
    tunnel.mark = s.change.mark.value_or(tunnel.mark);
    for (const WireguardKey& key : s.change.removed) forget_peer(seen.tunnels[s.link], key);
    for (const TunnelPeer& peer : s.change.changed) know_peer(seen.tunnels[s.link], peer);
    for (const TunnelPeer& peer : s.change.added) know_peer(seen.tunnels[s.link], peer);
  }
  void operator()(const step::SetMaster& s) const {
    if (s.master.empty()) seen.owned_members.erase(s.link);
    if (!s.master.empty()) seen.owned_members[s.link] = s.master;
    if (!seen.links.contains(s.link)) return;
    ObservedLink& link = seen.links[s.link];
    if (is_vrf(link.master) || is_vrf(s.master))
      std::erase_if(seen.routing.routes, [&](const RouteRow& row) { return row.index == link.index; });
    link.master = s.master;
  }

 private:
  // Where it is called is a state of it, which roams, and no setting.
  static void know_peer(ObservedTunnel& tunnel, TunnelPeer peer) {
    if (peer.dial) tunnel.states[peer.public_key].endpoint = peer.dial;
    tunnel.states.try_emplace(peer.public_key);
    peer.dial.reset();
    tunnel.tunnel.peers[peer.public_key] = peer;
  }
  static void forget_peer(ObservedTunnel& tunnel, const WireguardKey& key) {
    tunnel.tunnel.peers.erase(key);
    tunnel.states.erase(key);
  }
  bool is_vrf(const std::string& name) const {
    const auto at = seen.links.find(name);
    return at != seen.links.end() && std::holds_alternative<VrfLink>(at->second.parameters);
  }
  void know_objects(const NumberedRules& rules) const { seen.engine.object_ids = ids_of(rules.objects); }
};

inline void carry_out(Observed& seen, const Plan& plan) {
  for (const Step& step : plan.steps) std::visit(CarryOut{seen}, step);
}

// A daemon that starts knows what it reads of the machine, and not what another one put there.
inline void restart(Observed& seen) { seen.nft.rules = nullptr; }

inline std::vector<std::string> sentences_of(const Plan& plan) {
  std::vector<std::string> list;
  for (const Step& step : plan.steps) list.push_back(sentence(step));
  return list;
}

}   // namespace sluice::test
