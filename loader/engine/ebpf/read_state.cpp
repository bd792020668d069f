// SPDX-License-Identifier: GPL-2.0-or-later
// What `sluice show` and `sluice status` ask of the maps.

#include <arpa/inet.h>

#include <cstring>

#include "compile/common/rows.hpp"
#include "compile/ebpf/table_sizes.hpp"
#include "engine/ebpf/engine_ebpf.hpp"
#include "engine/ebpf/flow_rows.hpp"
#include "engine/ebpf/put_rules.hpp"
#include "engine/ebpf/table.hpp"
#include "maps/drop_reasons.h"

namespace sluice {

namespace {

void add_counters(InterfaceCount& sum, const sl_iface_counters& c) {
#define X(name) sum.name += c.name;
  SL_IFACE_COUNTERS(X)
#undef X
  add_times(sum.connect, c.connect);
  add_times(sum.forward, c.forward);
}

EndpointCount count_of(const std::string& name, const sl_endpoint_count& row) {
  EndpointCount count{name, row.from, row.to, {}, row.connect};
  for (uint8_t reason = 0; reason < SL_DROP_LIMIT; ++reason)
    if (const sl_count& dropped = row.dropped.reason[reason]; dropped.packets)
      count.drops.push_back({reason, dropped.packets, dropped.bytes});
  return count;
}

class EbpfFlowReader final : public FlowReader {
 public:
  explicit EbpfFlowReader(EngineEbpf& engine) : engine_(engine), opened_(engine.opened()) {}

  Result<bool> next(std::vector<FlowState>& piece) override {
    return engine_.opened() == opened_ ? engine_.read_flows(walk_, piece)
                                       : fail("the tables were exchanged while their flows were read");
  }

 private:
  EngineEbpf& engine_;
  const uint64_t opened_;
  FlowWalk walk_;
};

}   // namespace

Result<std::unique_ptr<FlowReader>> EngineEbpf::read_flows() {
  return std::make_unique<EbpfFlowReader>(*this);
}

Result<bool> EngineEbpf::read_flows(FlowWalk& walk, std::vector<FlowState>& piece) {
  return tables_ ? walk.next(*tables_, kept_.get(), TRY(runner_->jiffies()), piece) : false;
}

Result<> EngineEbpf::read_flows(std::span<const sl_tuple> originals, std::vector<FlowState>& flows) {
  if (originals.empty()) return {};
  return append_flows(*TRY(need_tables()), kept_.get(), TRY(runner_->jiffies()), originals, flows);
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

Result<std::vector<EndpointCount>> EngineEbpf::endpoints() {
  std::vector<EndpointCount> list;
  if (!tables_) return list;
  const SharedObjectIds ids = TRY(objects_of(*tables_, in_force_));
  for (const auto& [object, number] : *ids) {
    if (object.kind != SL_OBJECT_ENDPOINT) continue;
    const auto row = TRY(tables_->endpoint_counters.find(number));
    if (row) list.push_back(count_of(object.name, *row));
  }
  return list;
}

// Nothing was carried yet by what counts here.
Result<> EngineEbpf::add_endpoint_counts(const std::vector<EndpointCount>& counts) {
  Tables& tables = *TRY(need_tables());
  const SharedObjectIds ids = TRY(objects_of(tables, in_force_));
  for (const EndpointCount& count : counts) {
    const auto at = ids->find(ObjectView{SL_OBJECT_ENDPOINT, count.name});
    auto row = at == ids->end() ? std::nullopt : TRY(tables.endpoint_counters.find(at->second));
    if (!row) continue;
    row->from = count.from;
    row->to = count.to;
    TRY(tables.endpoint_counters.put(at->second, *row));
  }
  return {};
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
    InterfaceCount sum{};
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

// How full the tables of live state are, and what they take.

namespace {

// A CPU may end what another made: only the sum says something.
Result<uint64_t> flows_of(int counts, uint32_t row) {
  uint64_t live = 0;
  TRY(for_each_sum<sl_flow_count>(counts, row, 1,
                                  [&](uint32_t, const sl_flow_count& cpu) { live += cpu.made - cpu.ended; }));
  return live;
}

Result<uint64_t> bytes_of_maps(std::initializer_list<int> maps) {
  uint64_t bytes = 0;
  for (const int map : maps) bytes += TRY(use_of(map)).bytes;
  return bytes;
}

template <class Map>
Result<uint64_t> count_rows(const Map& map) {
  uint64_t rows = 0;
  TRY(map.for_each([&](const auto&, const auto&) { ++rows; }));
  return rows;
}

Result<TableRows> flows_in(const char* name, int counts, uint8_t family, int flows, int overflow, int slots) {
  const uint64_t rows = TRY(flows_of(counts, SL_GC_CURSOR_OF(family)));
  const uint64_t room = TRY(use_of(slots)).size / 2;
  const uint64_t bytes = TRY(bytes_of_maps({flows, overflow, slots}));
  return TableRows{name, rows, room, bytes};
}

Result<TableRows> mappings_of(const Tables& t, uint32_t& resting) {
  uint64_t rows = 0;
  TRY(t.nat_outside.for_each([&](const sl_endpoint&, const sl_mapping& row) {
    if (is_live(row))
      ++rows;
    else
      ++resting;
  }));
  const uint64_t room = TRY(use_of(t.nat_outside.fd())).size;
  const uint64_t bytes = TRY(bytes_of_maps({t.nat_inside.fd(), t.nat_outside.fd(), t.resting_ports.get()}));
  return TableRows{"mappings", rows, room, bytes};
}

// Of a table in which every row is one.
template <class Map>
Result<TableRows> rows_in(const char* name, const Map& map) {
  const MapUse use = TRY(use_of(map.fd()));
  const uint64_t rows = TRY(count_rows(map));
  return TableRows{name, rows, use.size, use.bytes};
}

// Whatever the programs have, also what the document cannot make larger.
Result<uint64_t> bytes_of_pinned(const Pins& pins) {
  uint64_t bytes = 0;
  for (const auto& name : TRY(pins.maps())) bytes += TRY(use_of(TRY(pins.open(pins.map(name))).get())).bytes;
  return bytes;
}

}   // namespace

Result<std::optional<uint64_t>> EngineEbpf::count_flows() {
  uint64_t flows = 0;
  for (const uint8_t family : {4, 6})
    if (tables_) flows += TRY(flows_of(tables_->flow_counts.get(), SL_GC_CURSOR_OF(family)));
  return flows;
}

Result<uint64_t> EngineEbpf::flow_room() {
  uint64_t room = 0;
  if (tables_)
    for (const int slots : {tables_->flow_slots4.fd(), tables_->flow_slots6.fd()})
      room += TRY(use_of(slots)).size / 2;
  return room;
}

Result<TableUse> EngineEbpf::tables() {
  TableUse use;
  if (!tables_) return use;
  const Tables& t = *tables_;
  use.tables.push_back(TRY(flows_in("flows_ipv4", t.flow_counts.get(), 4, t.flows4.fd(),
                                    t.flows4.overflow_fd(), t.flow_slots4.fd())));
  use.tables.push_back(TRY(flows_in("flows_ipv6", t.flow_counts.get(), 6, t.flows6.fd(),
                                    t.flows6.overflow_fd(), t.flow_slots6.fd())));
  use.tables.push_back(TRY(mappings_of(t, use.resting_ports)));
  use.tables.push_back(TRY(rows_in("hosts", t.host_flows)));
  use.tables.push_back(TRY(rows_in("peers", t.nat_peers)));
  use.flows = static_cast<uint32_t>(use.tables[0].rows + use.tables[1].rows);
  use.mappings = static_cast<uint32_t>(use.tables[2].rows);
  use.bytes = TRY(bytes_of_pinned(pins_));
  use.port_searches.resize(SL_SEARCH_ROWS);
  TRY(for_each_sum<uint64_t>(t.path_counts.get(), SL_PATH_SEARCHES, SL_SEARCH_ROWS,
                             [&](uint32_t row, uint64_t cpu) { use.port_searches[row] += cpu; }));
  use.bytes_per_flow = bytes_per_flow(false);
  use.bytes_per_flow6 = bytes_per_flow(true);
  return use;
}

Result<std::vector<TargetUse>> EngineEbpf::half_open_targets() {
  std::vector<TargetUse> targets;
  if (!tables_) return targets;
  TRY(tables_->half_open_targets.for_each([&](const sl_target& target, uint32_t count) {
    if (count != SL_HOST_GONE)
      targets.push_back({address_of(target.address), ntohs(target.port), target.vrf, count});
  }));
  return targets;
}

Result<TableSizes> sizes_of(const Tables& t) {
  TableSizes sizes;
  sizes.flows4 = TRY(use_of(t.flow_slots4.fd())).size;
  sizes.flows6 = TRY(use_of(t.flow_slots6.fd())).size;
  sizes.mappings = TRY(use_of(t.nat_inside.fd())).size;
  sizes.half_open = TRY(use_of(t.half_open.get())).size;
  return sizes;
}

Result<std::optional<sl_explained>> EngineEbpf::explain(std::span<const uint8_t> packet, uint32_t ifindex,
                                                        bool as_new) {
  if (!tables_) return std::nullopt;
  if (!explainer_) explainer_ = TRY(Explainer::open(pins_));
  return TRY(explainer_->ask(packet, ifindex, as_new));
}

}   // namespace sluice
