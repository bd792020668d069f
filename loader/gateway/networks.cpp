// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/networks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "gateway/relay_ways.hpp"
#include "gateway/rotations.hpp"
#include "gateway/shared_keys.hpp"
#include "network/allocate.hpp"
#include "network/expand.hpp"
#include "network/mtus.hpp"
#include "pod/allocate_pods.hpp"
#include "pod/expand_pods.hpp"
#include "relay/allocate_relay.hpp"
#include "relay/expand_relay.hpp"
#include "relay/expand_ways.hpp"
#include "ssh/allocate_ssh.hpp"
#include "ssh/expand_ssh.hpp"

namespace sluice {
namespace {

// A subnet that holds a site's prefix would take it from the site.
void add_what_is_behind(const Document& document, std::vector<TakenNetwork>& taken) {
  for (const Network& network : document.networks)
    for (const NetworkEndpoint& endpoint : network.endpoints)
      for (const Prefix& route : endpoint.routes)
        taken.push_back({route, fmt::format("it is behind endpoint \"{}\" (line {}) of network \"{}\"",
                                            endpoint.name, endpoint.line, network.name)});
}

std::unordered_map<uint32_t, const std::string*> names_by_index(const Observed& seen) {
  std::unordered_map<uint32_t, const std::string*> names;
  for (const auto& [name, link] : seen.links) names.emplace(link.index, &name);
  return names;
}

std::unordered_set<std::string> tunnels_of(const Allotments& known) {
  std::unordered_set<std::string> tunnels;
  for (const auto& [key, row] : known)
    if (key.what == "device") tunnels.insert(row.value);
  return tunnels;
}

std::string words_of(const RouteRow& route, const std::string* link) {
  return fmt::format("the main routing table has {}{}{}{}",
                     route.kind == RouteKind::kUnreachable ? "unreachable " : "", route.to.to_string(),
                     route.via ? " via " + route.via->to_string() : "", link ? " dev " + *link : "");
}

// Those that lead nowhere near a subnet of the document or of the pools are left out: there may be a whole
// table of the internet.
void add_routes(const Document& document, const Observed& seen,
                const std::unordered_set<std::string>& tunnels, std::vector<TakenNetwork>& taken) {
  const auto names = names_by_index(seen);
  std::vector<Prefix> wanted{document.wireguard.subnets, document.wireguard.subnets6};
  for (const Network& network : document.networks)
    for (const auto& subnet : {network.subnet, network.subnet6})
      if (subnet) wanted.push_back(*subnet);
  for (const RouteRow& route : seen.main_routes) {
    const auto meets = [&](const Prefix& prefix) { return prefix.overlaps(route.to); };
    if (std::ranges::none_of(wanted, meets)) continue;
    const auto at = names.find(route.index);
    const std::string* link = at == names.end() ? nullptr : at->second;
    if (link && tunnels.contains(*link)) continue;
    taken.push_back({route.to, words_of(route, link), true});
  }
}

bool leads_to_pod(const ObservedLink& link) {
  const auto* veth = std::get_if<VethLink>(&link.parameters);
  return veth && !veth->is_others();
}

void add_own(const Interface& interface, std::vector<TakenNetwork>& taken) {
  for (const InterfaceAddress& own : interface.addresses)
    taken.push_back({Prefix::of(own), fmt::format("interface \"{}\" (line {}) has {}", interface.name,
                                                  interface.line, own.to_string())});
}

std::vector<TakenNetwork> taken_networks(const Document& document, const Allotments& known,
                                         const Observed& seen) {
  const auto tunnels = tunnels_of(known);
  std::vector<TakenNetwork> taken;
  for (const auto& [name, link] : seen.links)
    for (const ObservedAddress& own : link.addresses)
      if (!leads_to_pod(link) && !own.address.address.is_loopback() && !own.address.address.is_link_local() &&
          !tunnels.contains(name))
        taken.push_back({Prefix::of(own.address), fmt::format("{} has {}", name, own.address.to_string())});
  for (const Interface& interface : document.interfaces) add_own(interface, taken);
  for (const Vrf& vrf : document.vrfs)
    for (const VrfRoute& route : vrf.routes)
      if (route.to.length)
        taken.push_back({route.to, fmt::format("VRF \"{}\" has a route (line {})", vrf.name, route.line)});
  add_what_is_behind(document, taken);
  add_routes(document, seen, tunnels, taken);
  return taken;
}

// Networks leave the addresses of pods alone, and the other way round.
std::vector<TakenNetwork> with_pods(const Document& document, std::vector<TakenNetwork> taken) {
  if (!document.pods.empty())
    taken.push_back({document.pod_settings.subnets,
                     fmt::format("pods (line {}) have their addresses there", document.pod_settings.line)});
  return taken;
}

void add_subnets(const Document& document, std::vector<TakenNetwork>& taken) {
  for (const Network& network : document.networks)
    for (const auto& subnet : {network.subnet, network.subnet6})
      if (subnet)
        taken.push_back({*subnet, fmt::format("it is the subnet of network \"{}\" (line {})", network.name,
                                              network.line)});
}

// A key whose files are lost is that of the device that runs: clients know no other.
std::optional<WireguardKey> running_key(const std::string& device, const Observed& seen) {
  const auto at = seen.tunnels.find(device);
  if (at == seen.tunnels.end() || at->second.tunnel.private_key == WireguardKey{}) return std::nullopt;
  return at->second.tunnel.private_key;
}

// A file that two of them name is one key, also before it is there.
Result<WireguardKey> key_of(const Network& network, const NetworkEndpoint& endpoint, const KeyFiles& files,
                            bool keep, std::map<std::string, WireguardKey>& by_file) {
  const auto at = by_file.find(endpoint.key_file);
  if (at != by_file.end()) return at->second;
  const WireguardKey key = public_key_of(TRY(files.of_endpoint(network, endpoint, keep)));
  if (!endpoint.key_file.empty()) by_file.emplace(endpoint.key_file, key);
  return key;
}

Result<NetworkKeys> read_keys(const Document& document, const KeyFiles& files, const Observed& seen,
                              bool keep) {
  NetworkKeys keys;
  std::map<std::string, WireguardKey> by_file;
  for (const Network& network : document.networks) {
    keys.gateways[network.name] = TRY(files.of_network(network, keep, running_key(network.device, seen)));
    for (const NetworkEndpoint& endpoint : network.endpoints) {
      if (!endpoint.public_key)
        keys.endpoints[network.name][endpoint.name] = TRY(key_of(network, endpoint, files, keep, by_file));
      if (!endpoint.preshared_key_file.empty())
        keys.preshared[network.name][endpoint.name] = TRY(files.preshared(endpoint));
    }
  }
  return keys;
}

template <class Is>
Allotments extract(Allotments& all, const Is& is) {
  Allotments found;
  for (auto at = all.begin(); at != all.end();)
    if (const auto row = at++; is(row->first)) found.insert(all.extract(row));
  return found;
}

std::vector<TakenNetwork> with_relay(const Document& document, std::vector<TakenNetwork> taken) {
  if (document.relay)
    for (const Prefix& subnet : {document.relay->subnet, document.relay->subnet6})
      taken.push_back({subnet, fmt::format("it is the relay's own (line {})", document.relay->line)});
  return taken;
}

// Packets of a network that is reached through a relay are in the tunnel to it, whole: its clients are told
// so.
void narrow_mtus(Document& document, const RelayFiles& files, uint32_t way_out, Allotments& given) {
  for (const auto& [name, file] : files)
    for (Network& network : document.networks) {
      const uint32_t most = mtu_within(mtu_of_way(file, way_out));
      if (network.port != file.to_port || network.mtu || network.told_mtu <= most) continue;
      network.told_mtu = most;
      given[{network.name, "", "mtu"}] = {std::to_string(most), 0};
    }
}

Result<> settle_ways(Document& document, const RelayWays& ways, const KeyFiles& files, const Observed& seen,
                     const WayOut& way, bool keep, SettledNetworks& settled) {
  std::ranges::copy(ways.degraded, std::back_inserter(settled.degraded));
  if (!document.reachability || document.reachability->relays.empty()) return {};
  const Network caller = caller_of_relays(document.reachability->relays.front().device);
  const WireguardKey key = TRY(files.of_network(caller, keep, running_key(caller.device, seen)));
  if (keep)
    settled.allotments[{std::string(kReachabilityOwner), "", "key"}] = {to_string(public_key_of(key)), 0};
  expand_ways(document, ways.files, key, way);
  return {};
}

Result<std::vector<std::string>> settle_relay(Document& document, const KeyFiles* files, const Observed& seen,
                                              const WayOut& way, bool keep) {
  if (!document.relay) return std::vector<std::string>{};
  const Network hub = hub_of(*document.relay);
  const auto running = running_key(hub.device, seen);
  const WireguardKey key = files ? TRY(files->of_network(hub, keep, running)) : WireguardKey{};
  return expand_relay(document, key, way);
}

}   // namespace

// Keys are asked for by networks.
Network hub_of(const Relay& relay) {
  Network hub;
  hub.name = kRelayOwner;
  hub.device = relay.device;
  hub.line = relay.line;
  return hub;
}

std::vector<TakenNetwork> addresses_of_document(const Document& document) {
  std::vector<TakenNetwork> taken;
  for (const Interface& interface : document.interfaces)
    if (!std::holds_alternative<Veth>(interface.made)) add_own(interface, taken);
  return with_pods(document, std::move(taken));
}

std::vector<TakenNetwork> addresses_of_machine(const Document& document, const Observed& seen) {
  std::vector<TakenNetwork> taken;
  for (const auto& [name, link] : seen.links) {
    if (std::ranges::find(document.interfaces, name, &Interface::name) != document.interfaces.end()) continue;
    for (const ObservedAddress& own : link.addresses)
      if (!own.address.address.is_loopback() && !own.address.address.is_link_local())
        taken.push_back({Prefix::of(own.address), fmt::format("{} has {}", name, own.address.to_string())});
  }
  return taken;
}

WayOut find_way_out(const Document& document, const Observed& seen) {
  WayOut way;
  std::map<std::string, std::set<Prefix>> near;
  for (const Interface& interface : document.interfaces) {
    const auto link = seen.links.find(interface.name);
    if (link == seen.links.end() || !interface.vrf.empty()) continue;
    if (way.zone.empty() && seen.default_ways.contains(link->second.index)) {
      way.zone = interface.zone;
      way.device = interface.name;
      way.mtu = link->second.mtu;
      for (const ObservedAddress& own : link->second.addresses)
        if (!own.address.address.is_link_local())
          (own.address.address.is_ipv4() ? way.has_ipv4 : way.has_ipv6) = true;
    }
    for (const ObservedAddress& own : link->second.addresses)
      near[interface.zone].insert(Prefix::of(own.address));
    // Also those that are about to be put there: what is near before an apply is near behind it.
    for (const InterfaceAddress& own : interface.addresses) near[interface.zone].insert(Prefix::of(own));
  }
  for (const auto& [zone, networks] : near)
    for (const Prefix& network : networks)
      if (!network.address.is_link_local()) way.near[zone].push_back(network);
  return way;
}

Result<SettledNetworks> settle_networks(Document declared, const Allotments& known, const KeyFiles* keys,
                                        const Observed& seen, const Announcements& announced,
                                        std::chrono::system_clock::time_point now, bool keep) {
  SettledNetworks settled;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  auto taken = taken_networks(declared, known, seen);
  Allotments of_networks = known;
  Allotments of_pods = extract(of_networks, [](const AllotmentKey& key) { return pod_of(key).has_value(); });
  Allotments of_relay = extract(of_networks, is_of_relay), of_ways = extract(of_networks, is_of_ways);
  Allotments of_ssh = extract(of_networks, is_of_ssh);
  settled.allotments = TRY(allocate(declared, of_networks, with_pods(declared, taken), seconds));
  add_subnets(declared, taken);
  of_pods = TRY(allocate_pods(declared, of_pods, {taken, seen.listening}, seconds));
  settled.allotments.merge(of_pods);
  taken = with_pods(declared, std::move(taken));
  of_relay = TRY(allocate_relay(declared, of_relay, taken, seconds));
  settled.allotments.merge(of_relay);
  of_ssh = TRY(allocate_ssh(declared, of_ssh, seconds));
  settled.allotments.merge(of_ssh);
  RelayWays ways;
  if (keys) ways = TRY(find_ways(declared, of_ways, with_relay(declared, std::move(taken)), keys->folder()));
  settled.allotments.merge(keys ? ways.allotments : of_ways);
  WayOut way = find_way_out(declared, seen);
  way.announced = announced;
  keep_mtus(declared, of_networks, way.mtu, settled.allotments);
  narrow_mtus(declared, ways.files, way.mtu, settled.allotments);
  const NetworkKeys read = keys ? TRY(read_keys(declared, *keys, seen, keep)) : NetworkKeys{};
  if (keys) settle_versions(declared, read, of_networks, seen, now, settled.allotments);
  settled.shared_keys = shared_keys(declared, read);
  settled.degraded = expand(declared, read, way, now);
  std::ranges::move(expand_pods(declared, way), std::back_inserter(settled.degraded));
  std::ranges::move(expand_ssh(declared, way), std::back_inserter(settled.degraded));
  std::ranges::move(TRY(settle_relay(declared, keys, seen, way, keep)), std::back_inserter(settled.degraded));
  if (keys) TRY(settle_ways(declared, ways, *keys, seen, way, keep, settled));
  settled.document = std::move(declared);
  return settled;
}

}   // namespace sluice
