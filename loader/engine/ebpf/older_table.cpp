// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/older_table.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "kernel/bpf/map.hpp"

namespace sluice {
namespace {

// Of a per-CPU table a row is one value for each CPU.
size_t bytes_of_value(const bpf_map_info& info) {
  const size_t cpus =
      info.type == BPF_MAP_TYPE_PERCPU_ARRAY ? static_cast<size_t>(libbpf_num_possible_cpus()) : 1;
  return (info.value_size + size_t{7}) / 8 * 8 * cpus;
}

}   // namespace

Result<OlderTable> OlderTable::open(const Pins& pins, const OwnRows& own, const std::string& name) {
  UniqueFd fd = TRY(pins.open(pins.map(name)));
  const std::string doing = fmt::format("read map {} of another release", name);
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (const int rc = bpf_obj_get_info_by_fd(fd.get(), &info, &length))
    return fail_errno("ask about map " + name, -rc);
  if (info.type != TRY(own.type_of(name)))
    return fail(doing + ": it is a table of another kind and not sluice's");
  MapRows theirs = TRY_TO(doing, described_rows(name, fd.get()));
  const MapRows ours = TRY(own.of(name));
  RowCopy key = TRY_TO(doing, RowCopy::between(theirs.key, ours.key)),
          value = TRY_TO(doing, RowCopy::between(theirs.value, ours.value)),
          back = TRY_TO(doing, RowCopy::between(ours.key, theirs.key));
  return OlderTable(name, std::move(fd), info, std::move(theirs), std::move(key), std::move(value),
                    std::move(back));
}

Result<> OlderTable::walk(const Visit& visit) const {
  const size_t bytes = bytes_of_value(info_);
  std::vector<std::byte> keys(size_t{kBatchRows} * info_.key_size), values(kBatchRows * bytes);
  uint64_t position = 0;   // hash tables: a bucket, of which the kernel writes 4 bytes; arrays: a key
  void* in = nullptr;
  for (int rc = 0; rc == 0; in = &position) {
    uint32_t count = kBatchRows;
    rc = bpf_map_lookup_batch(fd_.get(), in, &position, keys.data(), values.data(), &count, nullptr);
    if (rc == -ENOSPC) return walk_slowly(visit);   // one bucket holds more than a piece
    if (rc && rc != -ENOENT) return fail_errno("read map " + name_, -rc);
    const size_t each = info_.type == BPF_MAP_TYPE_PERCPU_ARRAY ? bytes : info_.value_size;
    for (size_t i = 0; i < count; ++i) visit(keys.data() + i * info_.key_size, values.data() + i * each);
    if (rc == -ENOENT) break;
  }
  return {};
}

Result<> OlderTable::walk_slowly(const Visit& visit) const {
  std::vector<std::byte> key(info_.key_size), next(info_.key_size), value(bytes_of_value(info_));
  const void* previous = nullptr;
  while (bpf_map_get_next_key(fd_.get(), previous, next.data()) == 0) {
    key = next;
    previous = key.data();
    const int rc = bpf_map_lookup_elem(fd_.get(), key.data(), value.data());
    if (rc && rc != -ENOENT) return fail_errno("read map " + name_, -rc);
    if (rc == 0) visit(key.data(), value.data());
  }
  return {};
}

Result<std::vector<std::byte>> OlderTable::look_up(const void* our_key) const {
  std::vector<std::byte> key(info_.key_size), value(bytes_of_value(info_));
  key_back_(our_key, key.data());
  const int rc = bpf_map_lookup_elem(fd_.get(), key.data(), value.data());
  if (rc == -ENOENT) return std::vector<std::byte>{};
  if (rc) return fail_errno("read map " + name_, -rc);
  return value;
}

}   // namespace sluice
