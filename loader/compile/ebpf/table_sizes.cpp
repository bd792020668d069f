// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/ebpf/table_sizes.hpp"

#include <algorithm>
#include <bit>

#include "maps/events.h"
#include "maps/flow.h"
#include "maps/mapping.h"
#include "maps/ports.h"
#include "maps/slots.h"

namespace sluice {
namespace {

// struct htab_elem and struct bucket of the kernel, on machines of 64 bits.
constexpr uint64_t kElement = 48, kBucket = 16, kOverflowNumber = 8;

constexpr uint64_t kMemoryPerFlow = 65536;   // of the machine
constexpr uint32_t kFlowsAtLeast = 1 << 15, kFlowsAtMost = 1 << 20;
// 200 ms of a million first packets a second, from outside.
constexpr uint32_t kHalfOpenAtMost = 1 << 19;

// Each mapping has a flow of either family, and some ports rest: flows run out first, and those are shared by
// VRFs.
uint32_t mappings_for(uint32_t flows) { return flows + flows / 2; }

constexpr uint64_t rounded(uint64_t bytes) { return (bytes + 7) / 8 * 8; }

uint32_t flows_for_memory(uint64_t bytes) {
  return static_cast<uint32_t>(
      std::clamp<uint64_t>(std::bit_floor(bytes / kMemoryPerFlow), kFlowsAtLeast, kFlowsAtMost));
}

// Half of them are for flows from outside.
uint32_t two_halves(uint32_t places) { return (places + 1) / 2 * 2; }

// Two of three entries may be in the overflow where a table is full.
uint64_t bytes_of_flows(uint64_t entries, uint64_t home, uint64_t key) {
  return SL_HOMES_FOR(entries) * home + std::bit_ceil(SL_OVERFLOW_FOR(entries)) * kBucket +
         entries * 2 / 3 * (kElement + rounded(key) + kOverflowNumber);
}

}   // namespace

TableSizes table_sizes(const StateLimits& limits, uint64_t memory) {
  const uint32_t flows = limits.flows.value_or(flows_for_memory(memory));
  return {.flows4 = 2 * flows,
          .flows6 = flows,
          .mappings = limits.mappings.value_or(mappings_for(flows)),
          .half_open = two_halves(limits.half_open.value_or(std::min(flows / 2, kHalfOpenAtMost)))};
}

uint64_t bytes_of_hash(uint64_t rows, uint64_t key, uint64_t value, unsigned cpus) {
  return (rows + cpus) * (kElement + rounded(key) + rounded(value)) + std::bit_ceil(rows) * kBucket;
}

uint32_t peers_of(const TableSizes& sizes) { return sizes.flows4 / 2 + sizes.flows6 / 2; }

uint32_t bytes_of_events(const TableSizes& sizes) {
  const uint64_t bytes = std::bit_floor(uint64_t{sizes.mappings}) / 2 * SL_EVENT_PLACE;
  return static_cast<uint32_t>(std::clamp<uint64_t>(bytes, SL_EVENTS_BYTES, SL_EVENTS_BYTES_AT_MOST));
}

uint64_t bytes_of(const TableSizes& sizes, unsigned cpus) {
  return bytes_of_flows(sizes.flows4, sizeof(sl_home4), sizeof(sl_flow4_key)) +
         bytes_of_flows(sizes.flows6, sizeof(sl_home6), sizeof(sl_flow6_key)) +
         bytes_of_hash(sizes.mappings, sizeof(sl_endpoint), sizeof(sl_endpoint), cpus) +
         bytes_of_hash(sizes.mappings, sizeof(sl_endpoint), sizeof(sl_mapping), cpus) +
         bytes_of_hash(peers_of(sizes), sizeof(sl_peer_key), sizeof(sl_peer), cpus) +
         bytes_of_hash(sizes.mappings, sizeof(sl_host_key), sizeof(uint32_t), cpus) +
         uint64_t{sizes.mappings} * sizeof(sl_resting) + uint64_t{sizes.flows4} * sizeof(sl_flow_slot4) +
         uint64_t{sizes.flows6} * sizeof(sl_flow_slot6) + uint64_t{sizes.half_open} * sizeof(uint64_t) +
         bytes_of_events(sizes);
}

uint32_t bytes_per_flow(bool ipv6) {
  const uint64_t home = ipv6 ? sizeof(sl_home6) : sizeof(sl_home4);
  const uint64_t slot = ipv6 ? sizeof(sl_flow_slot6) : sizeof(sl_flow_slot4);
  return static_cast<uint32_t>(home * 5 / 4 + 2 * kBucket + 2 * slot);
}

}   // namespace sluice
