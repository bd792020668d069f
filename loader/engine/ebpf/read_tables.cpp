// SPDX-License-Identifier: GPL-2.0-or-later
// How full the tables of live state are, and what they take.
#include "engine/ebpf/engine_ebpf.hpp"
#include "engine/ebpf/per_cpu.hpp"

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

Result<TableRows> flows4_of(const Tables& t) {
  const uint64_t rows = TRY(flows_of(t.flow_counts.get(), SL_HAND_OF(4)));
  const uint64_t room = TRY(use_of(t.flows4.fd())).size / 2;
  return TableRows{"flows_ipv4", rows, room, TRY(bytes_of_maps({t.flows4.fd(), t.flow_slots4.get()}))};
}

Result<TableRows> flows6_of(const Tables& t) {
  const uint64_t rows = TRY(flows_of(t.flow_counts.get(), SL_HAND_OF(6)));
  const uint64_t room = TRY(use_of(t.flows6.fd())).size / 2;
  return TableRows{"flows_ipv6", rows, room, TRY(bytes_of_maps({t.flows6.fd(), t.flow_slots6.get()}))};
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
  return TableRows{"mappings", rows, room,
                   TRY(bytes_of_maps({t.nat_inside.fd(), t.nat_outside.fd(), t.resting_ports.get()}))};
}

Result<TableRows> hosts_of(const Tables& t) {
  const MapUse use = TRY(use_of(t.host_flows.fd()));
  return TableRows{"hosts", TRY(count_rows(t.host_flows)), use.size, use.bytes};
}

Result<TableRows> peers_of(const Tables& t) {
  const MapUse use = TRY(use_of(t.nat_peers.fd()));
  return TableRows{"peers", TRY(count_rows(t.nat_peers)), use.size, use.bytes};
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
  use.tables.push_back(TRY(flows4_of(t)));
  use.tables.push_back(TRY(flows6_of(t)));
  use.tables.push_back(TRY(mappings_of(t, use.resting_ports)));
  use.tables.push_back(TRY(hosts_of(t)));
  use.tables.push_back(TRY(peers_of(t)));
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

Result<TableSizes> sizes_of(const Tables& t) {
  TableSizes sizes;
  sizes.flows4 = TRY(use_of(t.flows4.fd())).size;
  sizes.flows6 = TRY(use_of(t.flows6.fd())).size;
  sizes.mappings = TRY(use_of(t.nat_inside.fd())).size;
  sizes.half_open = TRY(use_of(t.half_open.get())).size;
  return sizes;
}

}   // namespace sluice
