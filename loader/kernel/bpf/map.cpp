// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/map.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "kernel/bpf/object.hpp"

namespace sluice {

Result<MapMemory> MapMemory::of(const std::string& name, int map_fd, uint32_t first, uint32_t count) {
  return map(name, map_fd, first, count, PROT_READ);
}

Result<MapMemory> MapMemory::to_write(const std::string& name, int map_fd) {
  return map(name, map_fd, 0, UINT32_MAX, PROT_READ | PROT_WRITE);
}

Result<MapMemory> MapMemory::map(const std::string& name, int map_fd, uint32_t first, uint32_t count,
                                 int access) {
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
  void* at = mmap(nullptr, end - begin, access, MAP_SHARED, map_fd, static_cast<off_t>(begin));
  if (at == MAP_FAILED) return fail_errno("map " + name + " into memory", errno);
  return MapMemory(at, end - begin, row * first - begin, count);
}

MapMemory::~MapMemory() {
  if (at_) munmap(at_, bytes_);
}

Result<MapTypes> MapTypes::open() {
  BpfObject object = TRY(open_tc_object(nullptr));
  btf* types = bpf_object__btf(object.get());
  const bool loaded = types && btf__load_into_kernel(types) == 0;
  return MapTypes(std::move(object), loaded ? btf__fd(types) : -1);
}

Result<UniqueFd> MapTypes::make_inner(const std::string& name, uint32_t rows) const {
  const bpf_map* outer = bpf_object__find_map_by_name(object_.get(), name.c_str());
  const bpf_map* kind = outer ? bpf_map__inner_map(const_cast<bpf_map*>(outer)) : nullptr;
  if (!kind) return fail("there is no map of maps " + name);
  LIBBPF_OPTS(bpf_map_create_opts, options);
  options.map_flags = bpf_map__map_flags(kind);
  if (types_ >= 0) {
    options.btf_fd = static_cast<uint32_t>(types_);
    options.btf_key_type_id = bpf_map__btf_key_type_id(kind);
    options.btf_value_type_id = bpf_map__btf_value_type_id(kind);
  }
  const int fd = bpf_map_create(bpf_map__type(kind), name.c_str(), bpf_map__key_size(kind),
                                bpf_map__value_size(kind), std::max<uint32_t>(rows, 1), &options);
  return fd < 0 ? fail_errno("create a table of " + name, -fd) : Result<UniqueFd>(UniqueFd(fd));
}

}   // namespace sluice
