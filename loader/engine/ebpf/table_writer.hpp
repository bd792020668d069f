// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of the rules that this process put in force. A table is not known any more once it was changed
// in place; one whose rows stay the same serves the next generation too, and a change of one policy writes
// what it changes.
#pragma once

#include <bpf/bpf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "compile/common/numbered_rules.hpp"
#include "kernel/bpf/map.hpp"
#include "kernel/bpf/pins.hpp"
#include "maps/config.h"
#include "maps/layout.h"
#include "model/object_ids.hpp"

namespace sluice {

struct RulesInForce {
  using Table = std::shared_ptr<UniqueFd>;

  std::shared_ptr<const NumberedRules> rules;   // null: not known
  uint32_t version = 0;                         // its high half when they were put in force
  std::map<std::string, std::array<Table, SL_GENERATIONS>> tables;   // by name and generation's slot
  std::array<std::optional<Rows<uint32_t, sl_interface>>, SL_GENERATIONS>
      interfaces;            // rows that are not zero
  SharedObjectIds objects;   // what object_names says; null: not known
};

// What an earlier process put in force and this one replaces: the tables stay in the other slot until the
// next rules come.
struct RulesBefore {
  std::array<uint32_t, SL_TIMEOUT_COUNT> timeouts{};
  uint32_t flows_per_host = 0;
  std::map<uint32_t, sl_object_name> names;
};

// With how many rows more than these a table is made. What a service is led to later lies behind the other
// backends. Before Linux 6.13 a trie that is full takes no row in the place of another.
template <class Wanted>
uint32_t spare_rows(const Wanted&) {
  return 0;
}
inline uint32_t spare_rows(const Rows<sl_forward_key, sl_forward>&) { return 1; }
uint32_t spare_rows(const std::vector<sl_backend_row>& backends);   // live_services.cpp
// For addresses that names open. A trie takes memory for rows that are there, and no more.
inline uint32_t spare_rows(const Rows<sl_prefix_key, sl_policy_class>&) { return 1 << 16; }

template <class V>
bool same_row(const V& a, const V& b) {
  static_assert(std::is_trivially_copyable_v<V>);
  return std::memcmp(&a, &b, sizeof(V)) == 0;
}
template <class K, class V>
bool same_row(const std::pair<K, V>& a, const std::pair<K, V>& b) {
  return same_row(a.first, b.first) && same_row(a.second, b.second);
}

// Fills the tables of one generation, and takes over those of the generation in force that stay the same.
class TableWriter {
 public:
  // `known` holds what is in force in the other slot; rules of null: nothing is known of it.
  TableWriter(const Pins& pins, const MapTypes& types, uint32_t slot, RulesInForce& known)
      : pins_(pins), types_(types), slot_(slot), known_(known) {}

  // `rows_of` says which table of the rules it is; rows without keys make an array. The first table that is
  // put is made anew, whatever is in it.
  template <class RowsOf>
  Result<> put(const std::string& name, const NumberedRules& rules, RowsOf rows_of) {
    const auto& wanted = std::invoke(rows_of, rules);
    const RulesInForce::Table there = known_.tables[name][1 - slot_];
    if (!changes_.empty() && known_.rules && there && same_rows(std::invoke(rows_of, *known_.rules), wanted))
      return keep(name, there);
    return install(name, wanted);
  }

  // All stand in their slot, and no program uses what stood there before.
  Result<> wait() {
    int failed = 0;
    for (Change& change : changes_)
      if (const int rc = change.exchanged.get()) failed = rc;
    if (failed) return fail_errno("put the new tables of the rules", -failed);
    for (Change& change : changes_) known_.tables[change.name][slot_] = std::move(change.inner);
    return {};
  }

 private:
  struct Change {
    std::string name;
    RulesInForce::Table inner;
    std::future<int> exchanged;
  };

  template <class Row>
  static bool same_rows(const std::vector<Row>& a, const std::vector<Row>& b) {
    return std::ranges::equal(a, b, [](const Row& one, const Row& other) { return same_row(one, other); });
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
    return fill(name, keys, values, spare_rows(rows));
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
    return fill(name, keys, values, spare_rows(rows));
  }

  template <class K, class V>
  Result<> fill(const std::string& name, std::vector<K>& keys, std::vector<V>& values, uint32_t spare) {
    const auto inner =
        std::make_shared<UniqueFd>(TRY(types_.make_inner(name, static_cast<uint32_t>(keys.size()) + spare)));
    TRY(take(name, inner));
    return put_batch(name, inner->get(), keys, values);
  }

  // The kernel waits at each exchange until no program uses the table that stood there before: 10 ms as a
  // rule, in which tables are filled, and all wait through the same grace periods. Nobody looks into this
  // slot before it is in force. Until all of that has been done, what stands there is not known.
  Result<> take(const std::string& name, RulesInForce::Table table) {
    UniqueFd outer = TRY(pins_.open(pins_.map(name)));
    known_.tables[name][slot_] = nullptr;
    auto exchanged = std::async(std::launch::async, [outer = std::move(outer), table, slot = slot_] {
      const int fd = table->get();
      return bpf_map_update_elem(outer.get(), &slot, &fd, BPF_ANY);
    });
    changes_.push_back({name, std::move(table), std::move(exchanged)});
    return {};
  }

  const Pins& pins_;
  const MapTypes& types_;
  uint32_t slot_;
  RulesInForce& known_;
  std::vector<Change> changes_;
};

}   // namespace sluice
