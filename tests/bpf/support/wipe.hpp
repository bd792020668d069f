// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace sluice::test {

// Every row out of a hash map, whatever its types are.
inline void wipe(int map) {
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (bpf_obj_get_info_by_fd(map, &info, &length)) return;
  constexpr uint32_t kRows = 1024;
  std::vector<uint8_t> keys(kRows * info.key_size), values(kRows * info.value_size);
  uint32_t position = 0;
  int rc = 0;
  for (void* in = nullptr; rc == 0; in = &position) {
    uint32_t count = kRows;
    rc = bpf_map_lookup_and_delete_batch(map, in, &position, keys.data(), values.data(), &count, nullptr);
  }
}

// Zeros in every row of an array, or in the first so many, also of one that has rows for each CPU.
inline void clear(int map, uint32_t most = UINT32_MAX) {
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (bpf_obj_get_info_by_fd(map, &info, &length)) return;
  uint32_t count = std::min(info.max_entries, most);
  std::vector<uint32_t> keys(count);
  std::iota(keys.begin(), keys.end(), 0);
  const size_t cpus = static_cast<size_t>(libbpf_num_possible_cpus());
  const std::vector<uint64_t> zeros(count * cpus * ((info.value_size + 7) / 8));
  bpf_map_update_batch(map, keys.data(), zeros.data(), &count, nullptr);
}

}   // namespace sluice::test
