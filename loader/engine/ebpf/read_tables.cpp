// SPDX-License-Identifier: GPL-2.0-or-later
// How full the tables of live state are, and what they take.
#include <arpa/inet.h>

#include "engine/ebpf/engine_ebpf.hpp"
#include "engine/ebpf/per_cpu.hpp"
#include "plan/rows.hpp"

namespace sluice {
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

Result<TableRows> flows_in(const char* name, int counts, uint8_t family, int flows, int strays, int slots) {
  const uint64_t rows = TRY(flows_of(counts, SL_GC_CURSOR_OF(family)));
  const uint64_t room = TRY(use_of(slots)).size / 2;
  const uint64_t bytes = TRY(bytes_of_maps({flows, strays, slots}));
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

Result<TableUse> EngineEbpf::tables() {
  TableUse use;
  if (!tables_) return use;
  const Tables& t = *tables_;
  use.tables.push_back(TRY(flows_in("flows_ipv4", t.flow_counts.get(), 4, t.flows4.fd(), t.flows4.strays_fd(),
                                    t.flow_slots4.get())));
  use.tables.push_back(TRY(flows_in("flows_ipv6", t.flow_counts.get(), 6, t.flows6.fd(), t.flows6.strays_fd(),
                                    t.flow_slots6.get())));
  use.tables.push_back(TRY(mappings_of(t, use.resting_ports)));
  use.tables.push_back(TRY(rows_in("hosts", t.host_flows)));
  use.tables.push_back(TRY(rows_in("peers", t.nat_peers)));
  use.flows = static_cast<uint32_t>(use.tables[0].rows + use.tables[1].rows);
  use.mappings = static_cast<uint32_t>(use.tables[2].rows);
  use.bytes = TRY(bytes_of_pinned(pins_));
  use.port_searches.resize(SL_SEARCH_ROWS);
  TRY(for_each_sum<uint64_t>(t.port_search.get(), 0, SL_SEARCH_ROWS,
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
  sizes.flows4 = TRY(use_of(t.flow_slots4.get())).size;
  sizes.flows6 = TRY(use_of(t.flow_slots6.get())).size;
  sizes.mappings = TRY(use_of(t.nat_inside.fd())).size;
  sizes.half_open = TRY(use_of(t.half_open.get())).size;
  return sizes;
}

}   // namespace sluice
