// SPDX-License-Identifier: GPL-2.0-or-later
// One pinned table: opened when its rows have the size of this release, measured, read.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "kernel/bpf/map.hpp"
#include "kernel/bpf/pins.hpp"
#include "maps/config.h"
#include "maps/flow.h"

namespace sluice {

inline constexpr std::string_view kAnotherRelease =
    "it was pinned by another release; `sluice cleanup` removes it, and its connections with it";

// A pin of another release has other rows: reading it with these structs would be garbage. Sizes are in
// bytes.
Result<UniqueFd> open_checked(const Pins& pins, const std::string& name, size_t key, size_t value);

template <class K, class V>
Result<BpfMap<K, V>> open_map(const Pins& pins, const std::string& name) {
  return BpfMap<K, V>(name, TRY(open_checked(pins, name, sizeof(K), sizeof(V))));
}

// How large a table is, and what it takes.
struct MapUse {
  uint32_t size = 0;    // rows
  uint64_t bytes = 0;   // as /proc/self/fdinfo says
};
Result<MapUse> use_of(int map_fd);

// The rows of a per-CPU array, summed over the CPUs by `add`.
template <class V, class Add>
Result<> for_each_sum(int fd, uint32_t first, uint32_t count, Add add) {
  std::vector<V> cpus(static_cast<size_t>(libbpf_num_possible_cpus()));
  for (uint32_t row = first; row < first + count; ++row) {
    if (const int rc = bpf_map_lookup_elem(fd, &row, cpus.data())) return fail_errno("read counters", -rc);
    for (const V& cpu : cpus) add(row, cpu);
  }
  return {};
}

// A table of flows as user space sees it (maps/flow.h): all its rows, or one by its key. Rows are written by
// programs alone, which look where else a key could stand; see Runner::put.

template <class K, class Home>
class FlowTable {
 public:
  static Result<FlowTable> open(const Pins& pins, const std::string& homes, const std::string& overflow) {
    auto table = TRY((open_map<uint32_t, Home>(pins, homes)));
    const uint32_t count = TRY(use_of(table.fd())).size;
    return FlowTable(std::move(table), count, TRY((open_map<K, uint32_t>(pins, overflow))));
  }

  int fd() const { return homes_.fd(); }
  int overflow_fd() const { return overflow_.fd(); }

  // How many homes are read at once: about 1 MB, whatever size the table has.
  static constexpr uint32_t kHomesAtOnce = 4096;
  uint32_t homes() const { return count_; }

  // Rows that change meanwhile may be missing or stale, never torn. each(key, sl_flow)
  template <class Each>
  Result<> for_each(Each each) const {
    for (uint32_t first = 0; first < count_; first += kHomesAtOnce) TRY(for_some(first, kHomesAtOnce, each));
    return {};
  }
  // The rows of `count` homes from `first` on.
  template <class Each>
  Result<> for_some(uint32_t first, uint32_t count, Each& each) const {
    const MapMemory memory = TRY(MapMemory::of(homes_.name(), homes_.fd(), first, count));
    visit(memory.template rows<Home>(), each);
    return {};
  }
  template <class Each>
  static void visit(std::span<const Home> homes, Each& each) {
    for (const Home& home : homes)
      for (const int row : {0, 1}) visit(home, row, each);
  }

  Result<std::optional<sl_flow>> find(const K& key, const sl_config& config) const {
    std::optional<Home> home;
    const auto row = TRY(row_of(key, config, [&](uint32_t number) -> Result<const Home*> {
      home = TRY(homes_.find(number));
      return home ? &*home : nullptr;
    }));
    return row ? std::optional(home->flow[*row & 1]) : std::nullopt;
  }

  // The number of the key's row. home_at(number) -> Result<const Home*>, null: there is none; the last that
  // it was asked for is that of the row.
  template <class HomeAt>
  Result<std::optional<uint32_t>> row_of(const K& key, const sl_config& config, HomeAt home_at) const {
    const uint32_t hash = sl_flow_hash(config.flow_secret, &key, SL_KEY_WORDS(K)),
                   first = 2 * sl_flow_home(hash, count_);
    const Home* home = TRY(home_at(first / 2));
    if (!home) return std::nullopt;
    for (const uint32_t row : {first, first + 1})
      if (holds(*home, row, key)) return row;
    if (home->head.overflow == 0) return std::nullopt;
    const auto row = TRY(overflow_.find(key));
    home = row ? TRY(home_at(*row / 2)) : nullptr;
    return home && holds(*home, *row, key) ? row : std::nullopt;
  }

 private:
  FlowTable(BpfMap<uint32_t, Home> homes, uint32_t count, BpfMap<K, uint32_t> overflow)
      : homes_(std::move(homes)), overflow_(std::move(overflow)), count_(count) {}

  static bool is_taken(uint64_t word) { return (word & SL_ROW_STATE) == SL_ROW_TAKEN; }
  static bool holds(const Home& home, uint32_t row, const K& key) {
    return is_taken(home.head.word[row & 1].whole) && std::memcmp(&home.key[row & 1], &key, sizeof(K)) == 0;
  }

  // A row that is free, or has just changed owners, is none.
  template <class Each>
  static void visit(const Home& home, int row, Each& each) {
    const uint64_t word = __atomic_load_n(&home.head.word[row].whole, __ATOMIC_ACQUIRE);
    if (!is_taken(word)) return;
    const K key = home.key[row];
    const sl_flow flow = home.flow[row];
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (__atomic_load_n(&home.head.word[row].whole, __ATOMIC_RELAXED) == word) each(key, flow);
  }

  BpfMap<uint32_t, Home> homes_;
  BpfMap<K, uint32_t> overflow_;
  uint32_t count_;   // of homes
};

}   // namespace sluice
