// SPDX-License-Identifier: GPL-2.0-or-later
// BPF maps with the types of their rows. Errors name the map.
#pragma once

#include <bpf/bpf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "kernel/bpf/object.hpp"

namespace sluice {

// Kernel limit on what one batch call moves; larger tables are moved in pieces.
inline constexpr uint32_t kBatchRows = 4096;

// K and V are structs of maps/: plain bytes, shared with the BPF programs.
template <class K, class V>
class BpfMap {
  static_assert(std::is_trivially_copyable_v<K> && std::is_trivially_copyable_v<V>);
  static_assert(std::has_unique_object_representations_v<K>, "a key with a hole is looked up by garbage");

 public:
  BpfMap(std::string name, UniqueFd fd) : name_(std::move(name)), fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  const std::string& name() const { return name_; }

  Result<> put(const K& key, const V& value, uint64_t flags = BPF_ANY) {
    const int rc = bpf_map_update_elem(fd_.get(), &key, &value, flags);
    return rc ? fail_errno("write to map " + name_, -rc) : Result<>{};
  }

  Result<std::optional<V>> find(const K& key) const {
    V value;
    const int rc = bpf_map_lookup_elem(fd_.get(), &key, &value);
    if (rc == -ENOENT) return std::nullopt;
    if (rc) return fail_errno("read map " + name_, -rc);
    return value;
  }

  // Removing what is gone already is success.
  Result<> remove(const K& key) {
    const int rc = bpf_map_delete_elem(fd_.get(), &key);
    return rc && rc != -ENOENT ? fail_errno("delete from map " + name_, -rc) : Result<>{};
  }

  // All rows, in pieces: rows that change meanwhile may be missing or stale, never torn.
  template <class Each>
  Result<> for_each(Each each) const {
    std::vector<K> keys(kBatchRows);
    std::vector<V> values(kBatchRows);
    uint32_t position = 0;   // hash tables: a bucket
    void* in = nullptr;
    for (int rc = 0; rc == 0; in = &position) {
      uint32_t count = kBatchRows;
      rc = bpf_map_lookup_batch(fd_.get(), in, &position, keys.data(), values.data(), &count, nullptr);
      if (rc == -ENOSPC) return for_each_slowly(each);   // one bucket holds more than a piece
      if (rc && rc != -ENOENT) return fail_errno("read map " + name_, -rc);
      for (uint32_t i = 0; i < count; ++i) each(keys[i], values[i]);
      if (rc == -ENOENT) break;
    }
    return {};
  }

 private:
  template <class Each>
  Result<> for_each_slowly(Each each) const {
    K key, next;
    const K* previous = nullptr;
    while (bpf_map_get_next_key(fd_.get(), previous, &next) == 0) {
      key = next;
      previous = &key;
      if (const auto value = TRY(find(key))) each(key, *value);
    }
    return {};
  }

  std::string name_;
  UniqueFd fd_;
};

// Rows written in as few calls as the kernel takes.
template <class K, class V>
Result<> put_batch(const std::string& name, int fd, std::vector<K>& keys, std::vector<V>& values) {
  for (size_t done = 0; done < keys.size();) {
    uint32_t count = static_cast<uint32_t>(std::min<size_t>(keys.size() - done, 16 * kBatchRows));
    const int rc = bpf_map_update_batch(fd, keys.data() + done, values.data() + done, &count, nullptr);
    if (rc) return fail_errno("write to map " + name, -rc);
    done += count;
  }
  return {};
}

// An array that was made with BPF_F_MMAPABLE, seen as memory: for as long as this object lives.
class MapMemory {
 public:
  // Read only: `count` rows from `first` on, as far as there are so many. A row has 8 bytes or a multiple of
  // that. What is mapped counts for the process's memory until this object ends, in whole pages.
  static Result<MapMemory> of(const std::string& name, int map_fd, uint32_t first = 0,
                              uint32_t count = UINT32_MAX);
  // All rows, to be written as programs write them.
  static Result<MapMemory> to_write(const std::string& name, int map_fd);
  MapMemory(MapMemory&& other) noexcept
      : at_(std::exchange(other.at_, nullptr)),
        bytes_(other.bytes_),
        offset_(other.offset_),
        count_(other.count_) {}
  MapMemory& operator=(MapMemory&&) = delete;
  ~MapMemory();

  const std::byte* bytes() const { return static_cast<const std::byte*>(at_) + offset_; }   // the first row
  template <class Row>
  std::span<const Row> rows() const {
    static_assert(sizeof(Row) % 8 == 0, "the kernel rounds rows up to 8 bytes");
    return {reinterpret_cast<const Row*>(static_cast<const std::byte*>(at_) + offset_), count_};
  }

 private:
  static Result<MapMemory> map(const std::string& name, int map_fd, uint32_t first, uint32_t count,
                               int access);
  MapMemory(void* at, size_t bytes, size_t offset, uint32_t count)
      : at_(at), bytes_(bytes), offset_(offset), count_(count) {}
  void* at_;   // a page; null: moved from
  size_t bytes_;
  size_t offset_;   // of the first row
  uint32_t count_;
};

// Types of the maps as the programs describe them, for maps that are made later (the rules' tables).
class MapTypes {
 public:
  static Result<MapTypes> open();
  // An inner map of the outer map `name` with room for `rows`.
  Result<UniqueFd> make_inner(const std::string& name, uint32_t rows) const;

 private:
  explicit MapTypes(BpfObject object, int types) : object_(std::move(object)), types_(types) {}
  BpfObject object_;
  int types_;   // BTF, closed with the object; -1: the kernel takes none
};

}   // namespace sluice
