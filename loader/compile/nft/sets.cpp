// SPDX-License-Identifier: GPL-2.0-or-later
// Which devices are of one zone, between which devices which pair of zones passes, and what is counted.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.hpp"
#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

const json kCounted = {{"type", "mark"}, {"stmt", json::array({{{"counter", nullptr}}})}};
const json kCountedByDevice = {
    {"type", "iface_index"}, {"size", SL_MAX_IFINDEX}, {"stmt", json::array({{{"counter", nullptr}}})}};

std::string_view kind_name(uint8_t kind) {
  switch (kind) {
    case SL_OBJECT_POLICY: return "policy";
    case SL_OBJECT_MASQUERADE: return "masquerade";
    case SL_OBJECT_STATIC: return "static";
    case SL_OBJECT_LIMIT: return "limit";
    case SL_OBJECT_LIMIT_EXCEEDED: return "limit-exceeded";
    case SL_OBJECT_SERVICE: return "service";
    case SL_OBJECT_BACKEND: return "backend";
    default: return "forward";
  }
}

std::string peer_mac(const sl_interface& row) {
  MacAddress mac;
  std::copy(std::begin(row.mac), std::end(row.mac), mac.begin());
  mac[0] ^= SL_PEER_BIT;
  return to_string(mac);
}

std::string peer_address(const sl_interface& row) {
  uint8_t bytes[sizeof(row.peer4)];
  std::memcpy(bytes, &row.peer4, sizeof(bytes));
  return IpAddress::from_ipv4_bytes(bytes).to_string();
}

// Interfaces with one machine at their other end, and what that one is.
void compile_peers(Compiler& c) {
  if (!c.has_peers()) return;
  NftSet& devices = c.set("one_peer", {{"type", "iface_index"}});
  for (const auto& [index, row] : c.numbers.interfaces)
    if (row.flags & SL_IF_ONE_PEER) put(devices, index);
  NftSet& macs = c.set("peer_macs", {{"type", {"iface_index", "ether_addr"}}});
  for (const auto& [index, row] : c.numbers.interfaces)
    if (row.flags & SL_IF_ONE_PEER) put(macs, concat({index, peer_mac(row)}));
  NftSet& addresses = c.set("peer_addresses", {{"type", {"iface_index", "ipv4_addr"}}});
  for (const auto& [index, row] : c.numbers.interfaces)
    if (row.flags & SL_IF_ONE_PEER) put(addresses, concat({index, peer_address(row)}));
}

void compile_devices(Compiler& c) {
  NftSet& managed = c.set("managed", {{"type", "iface_index"}});
  for (const auto& [index, row] : c.numbers.interfaces) put(managed, index);
  NftSet& uplinks = c.set("uplinks", {{"type", "iface_index"}});
  for (const auto& [index, row] : c.numbers.interfaces)
    if (row.flags & SL_IF_UPLINK) put(uplinks, index);
  compile_peers(c);
  NftSet& back = c.set("ways_back", {{"type", {"iface_index", "iface_index"}}});
  const auto is_other_uplink = [](const sl_interface& in, const sl_interface& out) {
    return in.anti_spoofing == SL_LOOSE_SOURCE && in.vrf == out.vrf && (out.flags & SL_IF_UPLINK);
  };
  for (const auto& [a, of_a] : c.numbers.interfaces)
    for (const auto& [b, of_b] : c.numbers.interfaces)
      if (of_a.zone == of_b.zone || is_other_uplink(of_a, of_b)) put(back, concat({a, b}));
}

// Names beside the numbers that stand in the marks of flows: for operators, and for the daemon after a
// restart.
void compile_objects(Compiler& c) {
  NftSet& objects = c.set("objects", kCounted);
  objects.keyed = true;
  std::vector<ObjectRow> rows = c.numbers.objects;
  std::erase_if(rows, [](const ObjectRow& row) { return row.kind == SL_OBJECT_ENDPOINT; });
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  for (const ObjectRow& row : rows) {
    const std::string text = std::string(kind_name(row.kind)).append(1, ' ').append(row.name);
    const std::string& key = objects.keys.emplace_back(std::to_string(row.number));
    std::string& element = objects.elements.emplace_back(R"({"elem":{"comment":)");
    element.append(in_quotes(text)).append(R"(,"val":)").append(key).append("}}");
  }
  NftSet& flows = c.set("flows", kCounted);
  flows.keyed = true;
  flows.elements = flows.keys = c.rules.sets[c.rules.sets.size() - 2].keys;
}

void compile_pair_names(Compiler& c) {
  NftSet& names = c.set("pairs", {{"type", "mark"}});
  for (size_t number = 1; number < c.rules.pairs.size(); ++number) {
    if (c.rules.pairs[number] == ZonePair{}) continue;
    const auto& [from, to] = c.rules.pair_names[number];
    const std::string text = fmt::format("{} > {}", from, to);
    put(names, {{"elem", {{"val", number << kMarkObjectBits}, {"comment", text}}}});
  }
}

struct PassSets {
  NftSet passes, reaches_host, leaves;
};

void add_pair(Compiler& c, size_t number, PassSets& sets) {
  const ZonePair pair = c.rules.pairs[number];
  const uint32_t mark = static_cast<uint32_t>(number) << kMarkObjectBits;
  for (const uint32_t in : c.devices_of(pair.from)) {
    if (pair.to == 0) put(sets.reaches_host, concat({in, mark}));
    for (const uint32_t out : c.devices_of(pair.to)) put(sets.passes, concat({in, out, mark}));
  }
  if (pair.from == 0)
    for (const uint32_t out : c.devices_of(pair.to)) put(sets.leaves, concat({out, mark}));
}

void compile_passes(Compiler& c) {
  const json between_device_and_pair = {{"type", {"iface_index", "mark"}}};
  PassSets sets{{.name = "passes", .kind = {{"type", {"iface_index", "iface_index", "mark"}}}},
                {.name = "reaches_host", .kind = between_device_and_pair},
                {.name = "leaves", .kind = between_device_and_pair}};
  for (size_t number = 1; number < c.rules.pairs.size(); ++number)
    if (!(c.rules.pairs[number] == ZonePair{})) add_pair(c, number, sets);
  for (NftSet* set : {&sets.passes, &sets.reaches_host, &sets.leaves})
    c.rules.sets.push_back(std::move(*set));
}

void compile_own_drop(Compiler& c, enum sl_drop_reason reason) {
  const std::string name = drop_name(static_cast<uint8_t>(reason));
  NftChain chain{"own_drop_" + name, nullptr, {}};
  add(chain, {count(meta("oif"), "dropped_" + name)});
  count_dropped_endpoints(c, chain, name);
  add(chain, {drop()});
  c.rules.chains.push_back(std::move(chain));
}

void compile_drop(Compiler& c, enum sl_drop_reason reason) {
  const std::string name = drop_name(static_cast<uint8_t>(reason));
  c.set("dropped_" + name, kCountedByDevice).counts = true;
  NftChain chain{"drop_" + name, nullptr, {}};
  add(chain, {count(meta("iif"), "dropped_" + name)});
  count_dropped_endpoints(c, chain, name);
  if (reason == SL_DROP_REJECT || reason == SL_DROP_NO_BACKEND) {
    if (c.has_vrfs()) add(chain, {mark_of_arrival()});
    add(chain, {match(meta("l4proto"), "tcp"), {{"reject", {{"type", "tcp reset"}}}}});
    add(chain,
        {match(meta("l4proto"), "udp"), {{"reject", {{"type", "icmpx"}, {"expr", "port-unreachable"}}}}});
    add(chain, {{{"reject", {{"type", "icmpx"}, {"expr", "admin-prohibited"}}}}});
  }
  add(chain, {drop()});
  c.rules.chains.push_back(std::move(chain));
}

}   // namespace

std::vector<Prefix> outer_ones(const std::vector<Prefix>& prefixes, Family family) {
  std::vector<Prefix> sorted, members;
  for (const Prefix& p : prefixes)
    if (p.address.family() == family) sorted.push_back(p);
  std::sort(sorted.begin(), sorted.end());
  for (const Prefix& p : sorted)
    if (members.empty() || !members.back().contains(p)) members.push_back(p);
  return members;
}

// The kernel looks for a rule's sets one by one in all sets of the table: a rule for one network has none.
std::optional<std::string> Compiler::any_of_prefixes(const std::vector<Prefix>& prefixes, Family family) {
  if (prefixes.size() == 1 && prefixes.front().address.family() != family) return std::nullopt;
  if (prefixes.size() == 1 && prefixes.front().length) return prefix_text(prefixes.front());
  const std::vector<Prefix> members = outer_ones(prefixes, family);
  if (members.empty()) return std::nullopt;
  const Prefix& first = members.front();
  if (members.size() > 1 || first.length == 0) return json(at(set_of(members, family))).dump();
  return prefix_text(first);
}

std::string Compiler::prefix_set(const std::vector<Prefix>& prefixes, Family family) {
  const std::vector<Prefix> members = outer_ones(prefixes, family);
  return members.empty() ? "" : set_of(members, family);
}

std::string Compiler::set_of(const std::vector<Prefix>& members, Family family) {
  auto [at, is_new] = prefix_sets_.try_emplace({members, family});
  if (!is_new) return at->second;
  at->second = fmt::format("prefixes{}_{}", suffix_of(family), prefix_sets_.size());
  NftSet& made = set(at->second, {{"type", type_of(family)}, {"flags", {"interval"}}});
  for (const Prefix& p : members) put(made, prefix(p));
  return at->second;
}

std::string Compiler::service_set(const std::vector<uint8_t>& protocols,
                                  const std::vector<PortRange>& ports_of) {
  NftSet made{.kind = {{"type", {"inet_proto", "inet_service"}}}};
  for (const uint8_t protocol : protocols)
    for (const PortRange& ports : ports_of) {
      const bool single = ports.size() == 1;
      put(made, concat({protocol, single ? json(ports.first) : range(ports.first, ports.last)}));
      if (!single) made.kind["flags"] = {"interval"};
    }
  auto [at, is_new] = service_sets_.try_emplace(join(made.elements, ","));
  if (!is_new) return at->second;
  // A name belongs to one kind of set: another kind under the same name would replace the table, counters and
  // all.
  const std::string_view what = made.has_ranges() ? "service_ranges" : "services";
  made.name = at->second = fmt::format("{}_{}", what, service_sets_.size());
  rules.sets.push_back(std::move(made));
  return at->second;
}

void compile_sets(Compiler& c) {
  compile_devices(c);
  compile_objects(c);
  compile_pair_names(c);
  compile_passes(c);
  for (const char* counter : {"forwarded", "to_host", "from_host"})
    c.set(counter, kCountedByDevice).counts = true;
}

void compile_drops(Compiler& c) {
  for (const auto reason : kReasonsUsed) compile_drop(c, reason);
  if (std::ranges::any_of(c.document.forwards, [](const Forward& f) { return f.half_open.has_value(); }))
    for (const auto reason : kReasonsOfHalfOpen) compile_drop(c, reason);
  if (c.has_services()) compile_drop(c, SL_DROP_NO_BACKEND);
  if (c.has_peers()) compile_drop(c, SL_DROP_MAC_SPOOFED);
  if (c.has_vrfs())
    for (const auto reason : kReasonsOfVrfs) compile_drop(c, reason);
  for (const auto reason : kOwnReasons) compile_own_drop(c, reason);
  if (c.has_vrfs())
    for (const auto reason : kOwnReasonsOfVrfs) compile_own_drop(c, reason);
  if (c.numbers.tunnels.empty()) return;
  for (const auto reason : kReasonsOfTunnels) {
    compile_drop(c, reason);
    compile_own_drop(c, reason);
  }
}

}   // namespace sluice::nft
