// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "plan/parts.hpp"

namespace sluice {
namespace {

template <class Key, class Value>
Value value_of(const std::map<Key, Value>& map, const Key& key) {
  const auto at = map.find(key);
  return at == map.end() ? Value{} : at->second;
}

// RFC 7348 section 4.2: frames for everybody, and for nobody known, go to each of the remotes: they are the
// destinations of the address that is all zeros.
std::set<ForwardingEntry> entries_of(const Vxlan& vxlan, uint32_t lower) {
  std::set<ForwardingEntry> entries;
  for (const IpAddress& remote : vxlan.remotes) entries.insert({{}, remote, lower});
  for (const VxlanEntry& entry : vxlan.entries) entries.insert({entry.mac, entry.remote, lower});
  return entries;
}

void plan_entries(const Vxlan& vxlan, const ObservedLink& link, const Observed& observed, Plan& plan) {
  // By the entry, because the MTU of a VXLAN that has a lower device is bounded by that device's.
  const uint32_t lower = vxlan.lower.empty() ? 0 : index_of(observed, vxlan.lower);
  const auto wanted = entries_of(vxlan, lower), seen = value_of(observed.forwarding, link.name);
  for (const ForwardingEntry& entry : seen)
    if (!wanted.contains(entry)) plan.steps.push_back(step::RemoveEntry{link.name, link.index, entry});
  for (const ForwardingEntry& entry : wanted)
    if (!seen.contains(entry)) plan.steps.push_back(step::AddEntry{link.name, link.index, entry});
}

// The smallest of the ways; 0: none is known. A way through the tunnel itself is none.
uint32_t underlay_mtu(const Vxlan& vxlan, const ObservedLink& link, const Observed& observed, Plan& plan) {
  uint32_t least = 0;
  for (const IpAddress& peer : peers_of(vxlan)) {
    const auto way = observed.underlays.find(peer);
    const bool found = way != observed.underlays.end() && way->second.mtu;
    if (!found)
      plan.degraded.push_back(
          fmt::format("no route leads to the remote {} of \"{}\"", peer.to_string(), link.name));
    else if (way->second.index == link.index)
      plan.degraded.push_back(
          fmt::format("the route to the remote {} of \"{}\" leads through the tunnel itself",
                      peer.to_string(), link.name));
    else
      least = least ? std::min(least, way->second.mtu) : way->second.mtu;
  }
  return least;
}

void follow_mtu(const ObservedLink& link, uint32_t mtu, Plan& plan) {
  if (link.mtu != mtu) plan.steps.push_back(step::SetMtu{link.name, link.index, mtu, link.mtu});
}

void plan_mtu(const Vxlan& vxlan, const ObservedLink& link, const Observed& observed, Plan& plan) {
  if (vxlan.mtu) return follow_mtu(link, vxlan.mtu, plan);
  const uint32_t outer = underlay_mtu(vxlan, link, observed, plan), overhead = vxlan_overhead(vxlan.local);
  if (outer > overhead && link.mtu != outer - overhead)
    plan.steps.push_back(step::SetMtu{link.name, link.index, outer - overhead, link.mtu});
}

// The kernel's own VLANs follow their parent when that shrinks.
void plan_mtu(const Vlan& vlan, const ObservedLink& link, const Observed& observed, Plan& plan) {
  const auto parent = observed.links.find(vlan.parent), other = observed.links.find(link.other_end);
  if (parent == observed.links.end() || other == observed.links.end()) return;
  follow_mtu(link, parent->second.mtu, plan);
  follow_mtu(other->second, parent->second.mtu, plan);
}

std::string summary_of(const std::string& link, const TunnelChange& change) {
  std::vector<std::string> parts;
  if (change.private_key) parts.push_back("its key");
  if (change.port) parts.push_back(fmt::format("port {}", *change.port));
  const auto count = [&](size_t peers, std::string_view what) {
    if (peers) parts.push_back(fmt::format("{} peer{} {}", peers, peers == 1 ? "" : "s", what));
  };
  count(change.added.size(), "added");
  count(change.changed.size(), "changed");
  count(change.removed.size(), "removed");
  return fmt::format("set up tunnel {}: {}", link, join(parts, ", "));
}

void change_to(const Tunnel& wanted, const std::string& link, const ObservedTunnel& seen, Plan& plan) {
  TunnelChange change = difference(wanted, seen);
  if (change.empty()) return;
  TunnelChange inverse = inverse_of(change, seen);
  plan.steps.push_back(
      step::ChangeTunnel{link, summary_of(link, change), std::move(change), std::move(inverse)});
}

void plan_tunnel(const Wireguard& wanted, const ObservedLink& link, const Observed& observed, Plan& plan) {
  follow_mtu(link, wanted.mtu, plan);
  const auto seen = observed.tunnels.find(link.name);
  if (seen == observed.tunnels.end()) {   // that is no tunnel without peers
    plan.degraded.push_back(fmt::format(
        "tunnel {} cannot be read, and stays as it is: nothing answers for it, or only root may ask",
        link.name));
    return;
  }
  // A tunnel's other end answers to whoever spoke last: nodes that are not active keep silent.
  Tunnel tunnel = wanted.tunnel;
  if (plan.is_standby) tunnel.peers.clear();
  change_to(tunnel, link.name, seen->second, plan);
}

std::map<uint16_t, bool> vlans_of(const BridgePort& port) {
  std::map<uint16_t, bool> vlans;
  for (const uint16_t id : port.tagged) vlans[id] = false;
  if (port.untagged) vlans[*port.untagged] = true;
  return vlans;
}

void plan_port(const BridgePort& port, const std::string& bridge, const Observed& observed, Plan& plan) {
  const auto at = observed.links.find(port.device);
  const bool own = port.device == bridge;
  if (at == observed.links.end() || (!own && at->second.master != bridge)) return;
  const auto wanted = vlans_of(port), seen = value_of(observed.port_vlans, port.device);
  for (const auto& [id, untagged] : seen)
    if (!wanted.contains(id))
      plan.steps.push_back(step::RemovePortVlan{port.device, at->second.index, {id, untagged, own}});
  for (const auto& [id, untagged] : wanted)
    if (const auto now = seen.find(id); now == seen.end() || now->second != untagged)
      plan.steps.push_back(step::AddPortVlan{port.device, at->second.index, {id, untagged, own}});
}

}   // namespace

uint32_t vxlan_overhead(const IpAddress& local) {
  constexpr uint32_t kIpv4 = 20, kIpv6 = 40, kUdp = 8, kVxlan = 8, kEthernet = 14;
  return (local.is_ipv4() ? kIpv4 : kIpv6) + kUdp + kVxlan + kEthernet;
}

void plan_link_contents(const Document& document, const Observed& observed, Plan& plan) {
  for (const Interface* interface : all_interfaces(document)) {
    if (!is_usable(*interface, observed)) continue;
    const ObservedLink& link = observed.links.at(interface->name);
    if (const auto* vxlan = std::get_if<Vxlan>(&interface->made)) {
      plan_entries(*vxlan, link, observed, plan);
      plan_mtu(*vxlan, link, observed, plan);
    }
    if (const auto* tunnel = std::get_if<Gretap>(&interface->made)) follow_mtu(link, tunnel->mtu, plan);
    if (const auto* tunnel = std::get_if<Wireguard>(&interface->made))
      plan_tunnel(*tunnel, link, observed, plan);
    if (const auto* vlan = std::get_if<Vlan>(&interface->made)) plan_mtu(*vlan, link, observed, plan);
    if (const auto* bridge = std::get_if<Bridge>(&interface->made))
      for (const BridgePort& port : bridge->ports) plan_port(port, interface->name, observed, plan);
  }
}

void plan_silence(const Document& document, const Observed& observed, Plan& plan) {
  for (const auto& [name, seen] : observed.tunnels) {
    const auto link = observed.links.find(name);
    if (link == observed.links.end() || !is_own(observed, link->second)) continue;
    const auto named = std::ranges::find(document.interfaces, name, &Interface::name);
    if (named != document.interfaces.end() && std::holds_alternative<Wireguard>(named->made)) continue;
    Tunnel silent = seen.tunnel;
    silent.peers.clear();
    change_to(silent, name, seen, plan);
  }
}

}   // namespace sluice
