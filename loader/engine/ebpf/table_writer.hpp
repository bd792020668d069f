// SPDX-License-Identifier: GPL-2.0-or-later
// Fills the tables of one generation, and takes over those of the generation in force that stay the same.
#pragma once

#include <bpf/bpf.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <numeric>
#include <vector>

#include "engine/ebpf/rules_in_force.hpp"
#include "kernel/bpf/map.hpp"
#include "kernel/bpf/map_types.hpp"
#include "kernel/bpf/pins.hpp"

namespace sluice {

template <class V>
bool same_row(const V& a, const V& b) {
  static_assert(std::is_trivially_copyable_v<V>);
  return std::memcmp(&a, &b, sizeof(V)) == 0;
}
template <class K, class V>
bool same_row(const std::pair<K, V>& a, const std::pair<K, V>& b) {
  return same_row(a.first, b.first) && same_row(a.second, b.second);
}

class TableWriter {
 public:
  // `known` holds what is in force in the other slot; rules of null: nothing is known of it.
  TableWriter(const Pins& pins, const MapTypes& types, uint32_t slot, RulesInForce& known)
      : pins_(pins), types_(types), slot_(slot), known_(known) {}

  // `rows` says which table of the rules it is; rows without keys make an array.
  template <class Row>
  Result<> put(const std::string& name, const RulesEbpf& rules, std::vector<Row> RulesEbpf::*rows) {
    const std::vector<Row>& wanted = rules.*rows;
    const RulesInForce::Table there = known_.tables[name][1 - slot_];
    if (known_.rules && there && std::ranges::equal(known_.rules.get()->*rows, wanted, same_row_of<Row>))
      return keep(name, there);
    return install(name, wanted);
  }

  // Made anew whatever is in it.
  template <class Row>
  Result<> put_anew(const std::string& name, const std::vector<Row>& rows) {
    return install(name, rows);
  }

  // The kernel waits at each exchange until no program uses the table that stood there before; all
  // exchanges at once wait through the same grace period, one after the other took 0.2 s.
  Result<> exchange() {
    std::vector<std::future<int>> waiting;
    for (const Change& change : changes_)
      waiting.push_back(std::async(std::launch::async, [this, &change] {
        const int fd = change.inner->get();
        return bpf_map_update_elem(change.outer.get(), &slot_, &fd, BPF_ANY);
      }));
    int failed = 0;
    for (std::future<int>& one : waiting)
      if (const int rc = one.get()) failed = rc;
    for (const Change& change : changes_) known_.tables[change.name][slot_] = failed ? nullptr : change.inner;
    return failed ? fail_errno("put the new tables of the rules", -failed) : Result<>{};
  }

 private:
  struct Change {
    std::string name;
    UniqueFd outer;
    RulesInForce::Table inner;
  };

  template <class Row>
  static bool same_row_of(const Row& a, const Row& b) {
    return same_row(a, b);
  }

  Result<> keep(const std::string& name, const RulesInForce::Table& table) {
    if (known_.tables[name][slot_] == table) return {};   // it stands in both slots already
    return take(name, table);
  }

  template <class V>
  Result<> install(const std::string& name, const std::vector<V>& rows) {
    std::vector<uint32_t> keys(rows.size());
    std::iota(keys.begin(), keys.end(), 0);
    std::vector<V> values = rows;
    return fill(name, keys, values);
  }

  template <class K, class V>
  Result<> install(const std::string& name, const Rows<K, V>& rows) {
    std::vector<K> keys;
    std::vector<V> values;
    keys.reserve(rows.size());
    values.reserve(rows.size());
    for (const auto& [key, value] : rows) {
      keys.push_back(key);
      values.push_back(value);
    }
    return fill(name, keys, values);
  }

  template <class K, class V>
  Result<> fill(const std::string& name, std::vector<K>& keys, std::vector<V>& values) {
    UniqueFd inner = TRY(types_.make_inner(name, static_cast<uint32_t>(keys.size())));
    TRY(put_batch(name, inner.get(), keys, values));
    return take(name, std::make_shared<UniqueFd>(std::move(inner)));
  }

  Result<> take(const std::string& name, RulesInForce::Table table) {
    UniqueFd outer = TRY(pins_.open(pins_.map(name)));
    changes_.push_back({name, std::move(outer), std::move(table)});
    return {};
  }

  const Pins& pins_;
  const MapTypes& types_;
  uint32_t slot_;
  RulesInForce& known_;
  std::vector<Change> changes_;
};

}   // namespace sluice
