// SPDX-License-Identifier: GPL-2.0-or-later
// What `sluice show` and `sluice status` ask of the maps.
#include <arpa/inet.h>

#include <cstring>

#include "engine/ebpf/engine_ebpf.hpp"
#include "engine/ebpf/flow_rows.hpp"
#include "engine/ebpf/put_rules.hpp"
#include "engine/ebpf/table.hpp"
#include "maps/drop_reasons.h"

namespace sluice {
namespace {

void add_counters(InterfaceCount& sum, const sl_iface_counters& c) {
  sum.rx_packets += c.rx_packets;
  sum.rx_bytes += c.rx_bytes;
  sum.forwarded_packets += c.forwarded_packets;
  sum.forwarded_bytes += c.forwarded_bytes;
  sum.to_host_packets += c.to_host_packets;
  sum.to_host_bytes += c.to_host_bytes;
  sum.from_host_packets += c.from_host_packets;
  sum.from_host_bytes += c.from_host_bytes;
  sum.dropped_packets += c.dropped_packets;
  sum.dropped_bytes += c.dropped_bytes;
  *sum.ignored_packets += c.ignored_packets;
  *sum.handed_on_packets += c.handed_on_packets;
}

void add_live(std::map<uint32_t, ObjectCount>& objects, const std::vector<FlowRow>& rows) {
  const auto add = [&](uint32_t number, const sl_flow& flow) {
    const auto at = objects.find(number);
    if (at == objects.end()) return;
    at->second.packets += flow.packets;
    at->second.bytes += flow.bytes;
  };
  for (const FlowRow& row : rows) {
    add(row.flow.policy, row.flow);
    if (row.flow.nat != row.flow.policy) add(row.flow.nat, row.flow);
  }
}

}   // namespace

Result<std::vector<FlowState>> EngineEbpf::flows() {
  if (!tables_) return std::vector<FlowState>{};
  const std::vector<FlowRow> rows = TRY(read_flows(*tables_));
  return pair_up(rows, *tables_->config.operator->(), TRY(runner_->jiffies()));
}

Result<std::vector<MappingState>> EngineEbpf::mappings() {
  std::vector<MappingState> mappings;
  if (!tables_) return mappings;
  TRY(tables_->nat_outside.for_each([&](const sl_endpoint& outside, const sl_mapping& row) {
    if (!is_live(row)) return;
    mappings.push_back({outside.protocol, address_of(row.other.address), address_of(outside.address),
                        row.other.vrf, outside.vrf, ntohs(row.other.port), ntohs(outside.port),
                        row.masquerade, row.references});
  }));
  return mappings;
}

Result<std::vector<ObjectCount>> EngineEbpf::objects() {
  std::map<uint32_t, ObjectCount> objects;
  if (!tables_) return std::vector<ObjectCount>{};
  const SharedObjectIds ids = TRY(objects_of(*tables_, in_force_));
  for (const auto& [object, number] : *ids) objects[number] = {number, object.kind, object.name, 0, 0, 0};
  for (auto& [number, object] : objects) {
    const auto count = TRY(tables_->object_counters.find(number));
    if (!count) continue;
    object.flows = count->flows;
    object.packets = count->packets;
    object.bytes = count->bytes;
  }
  add_live(objects, TRY(read_flows(*tables_)));
  std::vector<ObjectCount> list;
  for (auto& [number, object] : objects) list.push_back(std::move(object));
  return list;
}

std::map<uint16_t, uint32_t> EngineEbpf::interfaces_by_slot() {
  std::map<uint16_t, uint32_t> slots;
  if (!tables_) return slots;
  const uint32_t generation = SL_SLOT_OF(tables_->config.version());
  if (in_force_.version == SL_GENERATION(tables_->config.version()) && in_force_.interfaces[generation]) {
    for (const auto& [index, row] : *in_force_.interfaces[generation])
      if (row.flags & SL_IF_MANAGED) slots[row.slot] = index;
    return slots;
  }
  (void)tables_->interfaces.for_each([&](uint32_t row, const sl_interface& interface) {
    if (row / SL_MAX_IFINDEX == generation && (interface.flags & SL_IF_MANAGED))
      slots[interface.slot] = row % SL_MAX_IFINDEX;
  });
  return slots;
}

Result<std::vector<InterfaceCount>> EngineEbpf::interfaces() {
  std::vector<InterfaceCount> counts;
  if (!tables_) return counts;
  for (const auto& [slot, index] : interfaces_by_slot()) {
    InterfaceCount sum;
    sum.ifindex = index;
    TRY(for_each_sum<sl_iface_counters>(
        tables_->iface_counters.get(), slot, 1,
        [&](uint32_t, const sl_iface_counters& cpu) { add_counters(sum, cpu); }));
    counts.push_back(sum);
  }
  return counts;
}

Result<std::vector<DropCount>> EngineEbpf::drops() {
  std::vector<DropCount> drops;
  if (!tables_) return drops;
  auto slots = interfaces_by_slot();
  slots[0] = 0;
  for (const auto& [slot, index] : slots) {
    sl_drops sums{};
    TRY(for_each_sum<sl_drops>(tables_->drop_counters.get(), slot, 1, [&](uint32_t, const sl_drops& cpu) {
      for (size_t reason = 0; reason < SL_DROP_LIMIT; ++reason) {
        sums.reason[reason].packets += cpu.reason[reason].packets;
        sums.reason[reason].bytes += cpu.reason[reason].bytes;
      }
    }));
    for (uint8_t reason = 0; reason < SL_DROP_LIMIT; ++reason)
      if (const sl_count& sum = sums.reason[reason]; sum.packets)
        drops.push_back({index, reason, sum.packets, sum.bytes});
  }
  return drops;
}

}   // namespace sluice
