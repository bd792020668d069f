// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

#include "compile/common/prefix_translation.hpp"
#include "compile/common/rows.hpp"
#include "compile/ebpf/context.hpp"
#include "compile/ebpf/service_rows.hpp"
#include "maps/slots.h"
#include "model/port_blocks.hpp"
#include "model/routing.hpp"

namespace sluice {
namespace {

sl_forward_key row_forward_key(const Places::Listener& listen, uint8_t protocol, const PortBlock& block) {
  sl_forward_key key{};
  key.prefixlen = SL_FORWARD_FIXED_BITS + block.bits;
  key.vrf = listen.vrf;
  key.protocol = protocol;
  key.address = row_address(listen.address);
  key.port = htons(block.value);
  return key;
}

void add_listener(CompileContext& context, const Forward& forward, const Places::Listener& listen,
                  sl_forward row) {
  if (const PlannedLink* link = context.places.link_of(listen.address, listen.vrf)) {
    row.zone = context.zones.of(link->wanted->zone);
    row.ifindex = link->seen->index;
  }
  uint32_t offset = 0;
  for (const PortRange& range : forward.ports) {
    row.first_port = range.first;
    row.last_port = range.last;
    row.to_port = forward.to_port ? static_cast<uint16_t>(*forward.to_port + offset) : range.first;
    offset += range.size();
    for (const uint8_t protocol : forward.protocols)
      for (const PortBlock& block : split_into_blocks(range))
        context.rules.forwards.emplace_back(row_forward_key(listen, protocol, block), row);
  }
}

}   // namespace

static_assert(kMostLimitedTargets == SL_MAX_TARGETS);
static_assert(kMostTurns == SL_MAX_TURNS && kMostMembers == SL_MAX_MEMBERS);

void compile_forwards(CompileContext& context) {
  ServiceRows services(context);
  for (const Forward& forward : context.document.forwards) {
    sl_forward row = forward.service ? services.row_of(forward) : sl_forward{};
    row.to = row_address(forward.to);
    row.object = context.objects.of(forward.service ? SL_OBJECT_SERVICE : SL_OBJECT_FORWARD, forward.name);
    row.source_set = context.sets.number_of(forward.source);
    row.half_open = forward.half_open.value_or(0);
    row.flags |= forward.syn_cookies ? SL_FORWARD_SYN_COOKIES : 0;
    row.vrf = vrf_number(context.document, forward.vrf);
    for (const Places::Listener& listen : context.places.listeners_of(forward))
      add_listener(context, forward, listen, row);
  }
  context.rules.header.forwards = static_cast<uint32_t>(context.rules.forwards.size());
}

namespace {

sl_static row_static(CompileContext& context, const StaticMapping& mapping, const Prefix& from,
                     const Prefix& to, uint16_t vrf) {
  const IpAddress& address = mapping.outside.address;
  const PlannedLink* outside = context.places.link_of(address, context.places.vrf_of(address));
  const bool neutral = mapping.checksum_neutral;
  return {.to = row_address(to.address),
          .length = static_cast<uint32_t>(to.mapped_length()),
          .object = context.objects.of(SL_OBJECT_STATIC, mapping.name),
          .zone = outside ? context.zones.of(outside->wanted->zone) : static_cast<uint16_t>(SL_ANY_ZONE),
          .vrf = vrf,
          .ifindex = outside ? outside->seen->index : 0,
          .adjustment = htons(neutral ? neutral_adjustment(from, to) : uint16_t{0}),
          .word = neutral ? neutral_word(from.length) : uint16_t{0}};
}

}   // namespace

void compile_static_mappings(CompileContext& context) {
  for (const StaticMapping& mapping : context.document.static_mappings) {
    const Prefix &outside = mapping.outside, &inside = mapping.inside;
    const uint16_t of_outside = context.places.vrf_of(outside.address),
                   of_inside = vrf_number(context.document, mapping.vrf);
    context.rules.static_in.emplace_back(row_prefix(of_outside, outside),
                                         row_static(context, mapping, outside, inside, of_inside));
    context.rules.static_out.emplace_back(row_prefix(of_inside, inside),
                                          row_static(context, mapping, inside, outside, of_outside));
  }
  context.rules.header.static_rows = static_cast<uint32_t>(context.rules.static_in.size());
}

namespace {

void add_pool(CompileContext& context, const Masquerade& masquerade, Family family, sl_masquerade& row) {
  row.pool = static_cast<uint32_t>(context.rules.pools.size());
  for (const AddressRange& range : masquerade.addresses) {
    if (range.first.family() != family) continue;
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(range.size(), SL_MAX_POOL_ADDRESSES));
    context.rules.pools.push_back({.first = row_address(range.first), .count = count});
    ++row.ranges;
  }
}

uint32_t flags_of(const Masquerade& masquerade, const Document& document) {
  uint32_t flags = 0;
  if (document.cluster) {
    const NodePart part = part_of(*document.cluster);
    flags |= uint32_t{part.number} << SL_MASQUERADE_NODE_SHIFT | uint32_t{part.of}
                                                                     << SL_MASQUERADE_NODES_SHIFT;
  }
  if (masquerade.mapping == Mapping::kPerDestination) flags |= SL_MASQUERADE_PER_DESTINATION;
  if (masquerade.filtering == Filtering::kEndpointIndependent) flags |= SL_MASQUERADE_FILTER_NONE;
  if (masquerade.filtering == Filtering::kAddressDependent) flags |= SL_MASQUERADE_FILTER_ADDRESS;
  if (masquerade.quota == Quota::kHard) flags |= SL_MASQUERADE_HARD_QUOTA;
  if (masquerade.log) flags |= SL_MASQUERADE_LOG;
  // A host's block has no ports below 1024 to keep.
  if (masquerade.any_ports && !masquerade.deterministic) flags |= SL_MASQUERADE_ANY_PORTS;
  return flags;
}

void add_blocks(const Masquerade& masquerade, sl_masquerade& row) {
  if (!masquerade.deterministic) return;
  const PortBlocks blocks = port_blocks(masquerade);
  row.hosts = static_cast<uint32_t>(blocks.hosts);
  row.hosts_per_address = static_cast<uint32_t>(blocks.hosts_per_address);
  row.ports_per_host = blocks.ports_per_host;
  row.inside = row_address(masquerade.deterministic->inside.address);
}

// One row per family, because the pool differs; its number + 1 goes into the zone pairs.
uint32_t add_masquerade(CompileContext& context, const Masquerade& masquerade, Family family) {
  sl_masquerade row{};
  if (!masquerade.name.empty()) row.object = context.objects.of(SL_OBJECT_MASQUERADE, masquerade.name);
  row.first_port = masquerade.ports.first;
  row.last_port = masquerade.ports.last;
  row.flags = flags_of(masquerade, context.document);
  row.except_set = context.sets.number_of(masquerade.except);
  row.mappings_per_host = masquerade.mappings_per_host.value_or(kMappingsPerHost);
  add_blocks(masquerade, row);
  add_pool(context, masquerade, family, row);
  context.rules.masquerades.push_back(row);
  return static_cast<uint32_t>(context.rules.masquerades.size());
}

void join_zones(CompileContext& context, const Masquerade& masquerade, Family family) {
  const uint32_t number = add_masquerade(context, masquerade, family);
  for (const std::string& from : masquerade.from)
    for (const std::string& to : masquerade.to) {
      const size_t row = context.zones.of(from) * context.zones.size() + context.zones.of(to);
      sl_zone_pair& pair = context.rules.zone_pairs[row];
      uint32_t& place = family == Family::kIpv4 ? pair.masquerade4 : pair.masquerade6;
      if (place == 0) place = number;   // the first that matches, as with policies
    }
}

void join_zones_of(CompileContext& context, const Nat64& nat64) {
  const uint32_t number = add_masquerade(context, nat64.source, Family::kIpv4);
  for (const std::string& from : nat64.source.from) {
    context.rules.prefixes.emplace_back(
        row_prefix(SL_PREFIX_TAG(SL_PREFIX_NAT64, context.zones.of(from), 6), nat64.prefix), 1);
    ++context.rules.header.nat64;
    for (const std::string& to : nat64.source.to)
      context.rules.zone_pairs[context.zones.of(from) * context.zones.size() + context.zones.of(to)].nat64 =
          number;
  }
}

// No rule of the document: what it translates stays counted as what leads it. The gateway's own addresses
// have no family there.
Masquerade by_own_address() {
  Masquerade masquerade;
  masquerade.mapping = Mapping::kPerDestination;
  return masquerade;
}

// (VRF, address in network byte order)
using LocalAddresses = std::set<std::pair<uint32_t, std::array<uint8_t, 16>>>;

LocalAddresses::value_type local_address(uint32_t vrf, const sl_addr& address) {
  LocalAddresses::value_type found{vrf, {}};
  std::memcpy(found.second.data(), address.w, found.second.size());
  return found;
}

bool are_local(const LocalAddresses& all, uint32_t vrf, const AddressRange& range) {
  const auto first = all.lower_bound(local_address(vrf, row_address(range.first)));
  const auto end = all.upper_bound(local_address(vrf, row_address(range.last)));
  return static_cast<uint64_t>(std::distance(first, end)) == range.size();
}

// Then nobody else can be asked for by a mapping.
bool all_outside_is_local(const CompileContext& context) {
  LocalAddresses all;
  for (const auto& [key, local] : context.rules.local_addr) all.insert(local_address(key.tag, key.address));
  const auto is_local = [&](const Masquerade& masquerade) {
    return std::ranges::all_of(masquerade.addresses, [&](const AddressRange& range) {
      return are_local(all, context.places.vrf_of(range.first), range);
    });
  };
  return std::ranges::all_of(context.document.masquerades, is_local) &&
         std::ranges::all_of(context.document.nat64, is_local, &Nat64::source);
}

}   // namespace

// The addresses of interfaces have their rows already.
void compile_masquerades(CompileContext& context) {
  for (const Masquerade& masquerade : context.document.masquerades) {
    if (masquerade.ipv4) join_zones(context, masquerade, Family::kIpv4);
    if (masquerade.ipv6) join_zones(context, masquerade, Family::kIpv6);
  }
  for (const Nat64& nat64 : context.document.nat64) join_zones_of(context, nat64);
  if (!context.document.forwards.empty() || !context.document.static_mappings.empty())
    context.rules.header.own_address = add_masquerade(context, by_own_address(), Family::kIpv4);
  if (all_outside_is_local(context)) context.rules.header.dimensions |= SL_OUTSIDE_IS_LOCAL;
}

}   // namespace sluice
