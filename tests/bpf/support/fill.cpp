// SPDX-License-Identifier: GPL-2.0-or-later
#include "fill.hpp"

#include <bpf/bpf.h>

#include <vector>

#include "state.hpp"

namespace sluice::test {
namespace {

template <class K, class V, class Set>
void fill(int map, Set set) {
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (bpf_obj_get_info_by_fd(map, &info, &length)) return;
  std::vector<K> keys(info.max_entries);
  const std::vector<V> values(info.max_entries);
  for (uint32_t i = 0; i < info.max_entries; ++i) set(keys[i], i);
  uint32_t count = info.max_entries;
  bpf_map_update_batch(map, keys.data(), values.data(), &count, nullptr);
}

}   // namespace

// The batch ends with the first row that finds no room.
void fill_buckets(Lab& lab) {
  fill<sl_limit_key, sl_bucket>(lab.map("limit_buckets"),
                                [](sl_limit_key& key, uint32_t i) { key.slot = i; });
}

void fill_flows(Lab& lab) {
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (bpf_obj_get_info_by_fd(lab.map("flows4"), &info, &length)) return;
  sl_home4 taken{};
  taken.head.word[0].part.state = taken.head.word[1].part.state = SL_ROW_TAKEN;
  for (uint32_t i = 0; i < info.max_entries; ++i)
    bpf_map_update_elem(lab.map("flows4"), &i, &taken, BPF_EXIST);
}

void fill_places(Lab& lab, const std::string& route) {
  const uint32_t slot = find_flow(lab, route).value().flow.slot;
  sl_flow_slot4 row{};
  bpf_map_lookup_elem(lab.map("flow_slots4"), &slot, &row);
  const uint64_t place = uint64_t{row.head.word} << 32 | slot;
  for (uint32_t i = 0; i < kTableSizes.half_open; ++i)
    bpf_map_update_elem(lab.map("half_open"), &i, &place, BPF_EXIST);
}

void fill_hosts(Lab& lab) {
  fill<sl_host, sl_account>(lab.map("host_flows"), [](sl_host& key, uint32_t i) { key.address.w[0] = i; });
}

void fill_mappings(Lab& lab) {
  fill<sl_endpoint, sl_mapping>(lab.map("nat_outside"),
                                [](sl_endpoint& key, uint32_t i) { key.address.w[0] = i; });
}

}   // namespace sluice::test
