// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "compile/common/rows.hpp"
#include "compile/ebpf/context.hpp"
#include "model/port_blocks.hpp"

namespace sluice {
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

uint32_t flags_of(const Masquerade& masquerade) {
  uint32_t flags = 0;
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
  row.object = context.objects.of(SL_OBJECT_MASQUERADE, masquerade.name);
  row.first_port = masquerade.ports.first;
  row.last_port = masquerade.ports.last;
  row.flags = flags_of(masquerade);
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

}   // namespace

void compile_masquerades(CompileContext& context) {
  for (const Masquerade& masquerade : context.document.masquerades) {
    if (masquerade.ipv4) join_zones(context, masquerade, Family::kIpv4);
    if (masquerade.ipv6) join_zones(context, masquerade, Family::kIpv6);
  }
}

}   // namespace sluice
