// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/map_memory.hpp"

#include <bpf/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

namespace sluice {

Result<MapMemory> MapMemory::of(const std::string& name, int map_fd) {
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (const int rc = bpf_obj_get_info_by_fd(map_fd, &info, &length))
    return fail_errno("ask about map " + name, -rc);
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE)), value = info.value_size,
               row = (value + 7) / 8 * 8;
  const size_t bytes = (row * info.max_entries + page - 1) / page * page;
  const void* at = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, map_fd, 0);
  if (at == MAP_FAILED) return fail_errno("map " + name + " into memory", errno);
  return MapMemory(at, bytes, info.max_entries);
}

MapMemory::~MapMemory() {
  if (at_) munmap(const_cast<void*>(at_), bytes_);
}

}   // namespace sluice
