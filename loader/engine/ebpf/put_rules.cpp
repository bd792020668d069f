// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/put_rules.hpp"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <numeric>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "kernel/bpf/programs.hpp"
#include "maps/drop_reasons.h"

namespace sluice {
namespace {

// Fills the tables of one generation.
class Writer {
 public:
  Writer(const Pins& pins, const MapTypes& types, uint32_t slot) : pins_(pins), types_(types), slot_(slot) {}

  template <class V>
  Result<> array(const std::string& name, const std::vector<V>& rows) {
    std::vector<uint32_t> keys(rows.size());
    std::iota(keys.begin(), keys.end(), 0);
    std::vector<V> values = rows;
    return install(name, keys, values);
  }

  template <class K, class V>
  Result<> keyed(const std::string& name, const Rows<K, V>& rows) {
    std::vector<K> keys;
    std::vector<V> values;
    keys.reserve(rows.size());
    values.reserve(rows.size());
    for (const auto& [key, value] : rows) {
      keys.push_back(key);
      values.push_back(value);
    }
    return install(name, keys, values);
  }

  // The kernel waits at each exchange until no program uses the table that stood there before; all
  // exchanges at once wait through the same grace period, one after the other took 0.2 s.
  Result<> exchange() {
    std::vector<std::future<int>> waiting;
    for (const Table& table : tables_)
      waiting.push_back(std::async(std::launch::async, [this, &table] {
        const int fd = table.inner.get();
        return bpf_map_update_elem(table.outer.get(), &slot_, &fd, BPF_ANY);
      }));
    int failed = 0;
    for (std::future<int>& one : waiting)
      if (const int rc = one.get()) failed = rc;
    return failed ? fail_errno("put the new tables of the rules", -failed) : Result<>{};
  }

 private:
  struct Table {
    UniqueFd outer, inner;
  };

  template <class K, class V>
  Result<> install(const std::string& name, std::vector<K>& keys, std::vector<V>& values) {
    Table table;   // field by field: GCC 12 leaks the first when the second returns from inside the braces
    table.outer = TRY(pins_.open(pins_.map(name)));
    table.inner = TRY(types_.make_inner(name, static_cast<uint32_t>(keys.size())));
    TRY(put_batch(name, table.inner.get(), keys, values));
    tables_.push_back(std::move(table));
    return {};
  }

  const Pins& pins_;
  const MapTypes& types_;
  uint32_t slot_;
  std::vector<Table> tables_;
};

Result<> put_tables(Writer& writer, const RulesEbpf& rules) {
  TRY(writer.array("zone_pairs", rules.zone_pairs));
  TRY(writer.array("policy_bits", rules.policy_bits));
  TRY(writer.array("policy_rules", rules.policy_rules));
  TRY(writer.array("masquerades", rules.masquerades));
  TRY(writer.array("pools", rules.pools));
  TRY(writer.array("limits", rules.limits));
  TRY(writer.array("limit_bits", rules.limit_bits));
  TRY(writer.array("limit_rows", rules.limit_rows));
  TRY(writer.keyed("limit_addresses", rules.limit_addresses));
  TRY(writer.keyed("limit_service", rules.limit_service));
  TRY(writer.keyed("limit_forwards", rules.limit_forwards));
  TRY(writer.keyed("limit_sets", rules.limit_sets));
  TRY(writer.keyed("policy_source", rules.policy_source));
  TRY(writer.keyed("policy_dest", rules.policy_dest));
  TRY(writer.keyed("policy_service", rules.policy_service));
  TRY(writer.keyed("set_members", rules.set_members));
  TRY(writer.keyed("local_addr", rules.local_addr));
  TRY(writer.keyed("forwards", rules.forwards));
  TRY(writer.keyed("static_in", rules.static_in));
  TRY(writer.keyed("static_out", rules.static_out));
  TRY(writer.keyed("vrf_through", rules.vrf_through));
  return writer.exchange();
}

Result<> put_interfaces(Tables& tables, const RulesEbpf& rules, uint32_t slot) {
  std::vector<uint32_t> keys(SL_MAX_IFINDEX);
  std::iota(keys.begin(), keys.end(), slot * SL_MAX_IFINDEX);
  std::vector<sl_interface> rows(SL_MAX_IFINDEX);
  for (const auto& [index, row] : rules.interfaces) rows[index] = row;
  return put_batch("interfaces", tables.interfaces.fd(), keys, rows);
}

Result<> add_tx_ports(Tables& tables, const RulesEbpf& rules) {
  for (const uint32_t index : rules.tx_ports) TRY(tables.tx_ports.put(index, index));
  return {};
}

sl_object_name row_name(const ObjectRow& object) {
  sl_object_name row{};
  row.kind = object.kind;
  object.name.copy(row.name, sizeof(row.name));   // the longest name fills it, without a NUL
  return row;
}

bool same_name(const sl_object_name& a, const sl_object_name& b) {
  return a.kind == b.kind && std::strncmp(a.name, b.name, sizeof(a.name)) == 0;
}

using NamesByNumber = std::unordered_map<uint32_t, sl_object_name>;

// A number that belonged to another limit had buckets, which are not the new one's.
Result<> fill_buckets(Tables& tables, std::vector<uint32_t>& numbers) {
  std::vector<sl_bucket> full(numbers.size());
  TRY(put_batch("limit_shared", tables.limit_shared.fd(), numbers, full));
  const std::unordered_set<uint32_t> limits(numbers.begin(), numbers.end());
  std::vector<sl_limit_key> others;
  TRY(tables.limit_buckets.for_each([&](const sl_limit_key& key, const sl_bucket&) {
    if (limits.contains(key.limit)) others.push_back(key);
  }));
  for (const sl_limit_key& key : others) TRY(tables.limit_buckets.remove(key));
  return {};
}

// New names start at zero; names that are gone give their number back after the switch.
Result<> put_names(Tables& tables, const RulesEbpf& rules, const NamesByNumber& known) {
  std::vector<uint32_t> numbers;
  std::vector<sl_object_name> names;
  for (const ObjectRow& object : rules.objects) {
    const sl_object_name row = row_name(object);
    const auto at = known.find(object.number);
    if (at != known.end() && same_name(at->second, row)) continue;
    numbers.push_back(object.number);
    names.push_back(row);
  }
  std::vector<sl_object_count> zeros(numbers.size());
  TRY(put_batch("object_counters", tables.object_counters.fd(), numbers, zeros));
  TRY(fill_buckets(tables, numbers));
  return put_batch("object_names", tables.object_names.fd(), numbers, names);
}

Result<> forget_old(Tables& tables, const RulesEbpf& rules, const NamesByNumber& known) {
  std::unordered_set<uint32_t> wanted;
  for (const ObjectRow& object : rules.objects) wanted.insert(object.number);
  for (const auto& [number, name] : known)
    if (!wanted.contains(number)) TRY(tables.object_names.remove(number));
  return {};
}

Result<> zero_counters_of_new_slots(Tables& tables, const RulesEbpf& rules, uint32_t now_slot) {
  std::set<uint16_t> used;
  TRY(tables.interfaces.for_each([&](uint32_t row, const sl_interface& interface) {
    if (row / SL_MAX_IFINDEX == now_slot && (interface.flags & SL_IF_MANAGED)) used.insert(interface.slot);
  }));
  const int cpus = libbpf_num_possible_cpus();
  for (const auto& [index, interface] : rules.interfaces) {
    if (used.contains(interface.slot)) continue;
    const uint32_t slot = interface.slot;
    const std::vector<sl_iface_counters> zero(static_cast<size_t>(cpus));
    bpf_map_update_elem(tables.iface_counters.get(), &slot, zero.data(), BPF_ANY);
    const std::vector<sl_count> none(static_cast<size_t>(cpus));
    for (uint32_t reason = 0; reason < SL_DROP_LIMIT; ++reason) {
      const uint32_t row = slot * SL_DROP_LIMIT + reason;
      bpf_map_update_elem(tables.drop_counters.get(), &row, none.data(), BPF_ANY);
    }
  }
  return {};
}

// The high half counts generations and never becomes 0, which means "no rules".
uint32_t next_generation(uint32_t version) {
  const uint32_t generation = SL_GENERATION(version) + 1;
  return (generation > 0xffff ? 2 : generation) << 16 | (version & 0xffff);
}

}   // namespace

Result<> put_rules(const Pins& pins, Tables& tables, const RulesEbpf& rules, uint64_t digest) {
  const uint32_t now = tables.config.version(), next = next_generation(now), slot = SL_SLOT_OF(next);
  const MapTypes types = TRY(MapTypes::open());
  Writer writer(pins, types, slot);
  TRY(put_tables(writer, rules));
  TRY(put_interfaces(tables, rules, slot));
  TRY(zero_counters_of_new_slots(tables, rules, SL_SLOT_OF(now)));
  TRY(add_tx_ports(tables, rules));
  TRY(tables.rules_header.put(slot, rules.header));
  NamesByNumber known;
  TRY(tables.object_names.for_each(
      [&](uint32_t number, const sl_object_name& name) { known.emplace(number, name); }));
  TRY(put_names(tables, rules, known));
  for (size_t i = 0; i < rules.timeouts.size(); ++i)
    tables.config->timeout[i] = rules.timeouts[i] * tables.config->hz;
  tables.config->flows_per_host = rules.flows_per_host;
  tables.config->rules_digest = digest;
  tables.config.set_version(next);
  return forget_old(tables, rules, known);
}

}   // namespace sluice
