// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bpf/bpf.h>

#include <cstdint>
#include <vector>

namespace sluice::test {

// Every row out of a hash map, whatever its types are.
inline void wipe(int map) {
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (bpf_obj_get_info_by_fd(map, &info, &length)) return;
  std::vector<uint8_t> key(info.key_size);
  while (bpf_map_get_next_key(map, nullptr, key.data()) == 0)
    if (bpf_map_delete_elem(map, key.data())) return;
}

}   // namespace sluice::test
