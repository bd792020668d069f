// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/map_memory.hpp"

#include <bpf/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace sluice {

Result<MapMemory> MapMemory::of(const std::string& name, int map_fd, uint32_t first, uint32_t count) {
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (const int rc = bpf_obj_get_info_by_fd(map_fd, &info, &length))
    return fail_errno("ask about map " + name, -rc);
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE)), value = info.value_size,
               row = (value + 7) / 8 * 8;
  first = std::min(first, info.max_entries - 1);
  count = std::min(count, info.max_entries - first);
  const size_t begin = row * first / page * page,
               end = (row * (first + size_t{count}) + page - 1) / page * page;
  const void* at = mmap(nullptr, end - begin, PROT_READ, MAP_SHARED, map_fd, static_cast<off_t>(begin));
  if (at == MAP_FAILED) return fail_errno("map " + name + " into memory", errno);
  return MapMemory(at, end - begin, row * first - begin, count);
}

MapMemory::~MapMemory() {
  if (at_) munmap(const_cast<void*>(at_), bytes_);
}

}   // namespace sluice
