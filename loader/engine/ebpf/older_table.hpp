// SPDX-License-Identifier: GPL-2.0-or-later
// One table that another release pinned, read as rows of this one.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "kernel/bpf/pins.hpp"
#include "kernel/bpf/row_types.hpp"

namespace sluice {

class OlderTable {
 public:
  // Failure: it is no table of this kind, or its rows cannot become rows of this release.
  static Result<OlderTable> open(const Pins& pins, const OwnRows& own, const std::string& name);

  int fd() const { return fd_.get(); }
  const std::string& name() const { return name_; }
  uint32_t size() const { return info_.max_entries; }
  const bpf_map_info& info() const { return info_; }
  const MapRows& rows() const { return rows_; }

  // K and V are the structs of this release. Rows that change meanwhile may be missing or stale.
  template <class K, class V, class Each>
  Result<> for_each(Each each) const {
    return walk([&](const std::byte* key, const std::byte* value) {
      K our_key;
      V our_value;
      key_(key, &our_key);
      value_(value, &our_value);
      each(our_key, our_value);
    });
  }

  template <class V, class K>
  Result<std::optional<V>> find(const K& key) const {
    const auto raw = TRY(look_up(&key));
    if (raw.empty()) return std::nullopt;
    V value;
    value_(raw.data(), &value);
    return value;
  }

  // A row of a per-CPU array.
  template <class V>
  Result<std::vector<V>> of_cpus(uint32_t row) const {
    const size_t each = (info_.value_size + 7) / 8 * 8;
    const auto raw = TRY(look_up(&row));
    std::vector<V> cpus(raw.size() / each);
    for (size_t cpu = 0; cpu < cpus.size(); ++cpu) value_(raw.data() + cpu * each, &cpus[cpu]);
    return cpus;
  }

 private:
  OlderTable(std::string name, UniqueFd fd, const bpf_map_info& info, MapRows rows, RowCopy key,
             RowCopy value, RowCopy key_back)
      : name_(std::move(name)),
        fd_(std::move(fd)),
        info_(info),
        rows_(std::move(rows)),
        key_(std::move(key)),
        value_(std::move(value)),
        key_back_(std::move(key_back)) {}
  using Visit = std::function<void(const std::byte* key, const std::byte* value)>;
  Result<> walk(const Visit& visit) const;
  Result<> walk_slowly(const Visit& visit) const;
  Result<std::vector<std::byte>> look_up(const void* our_key) const;   // empty: there is none

  std::string name_;
  UniqueFd fd_;
  bpf_map_info info_;
  MapRows rows_;
  RowCopy key_, value_, key_back_;
};

}   // namespace sluice
