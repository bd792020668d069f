// SPDX-License-Identifier: GPL-2.0-or-later
// Counters and the buckets of limits of another release's tables. Numbers of objects and of interfaces' rows
// stay the same, because they are given by names.
#include <algorithm>
#include <cstring>

#include "engine/ebpf/older_tables.hpp"

namespace sluice {
namespace {

// All of these rows are made of counts of 64 bits. `before` is what of `theirs` is in `ours` already; null:
// nobody knows, a process may have ended in the middle of it, and then the larger one is right.
template <class V>
V with_gain(const V& ours, const V& theirs, const V* before) {
  constexpr size_t kWords = sizeof(V) / sizeof(uint64_t);
  static_assert(sizeof(V) % sizeof(uint64_t) == 0);
  std::array<uint64_t, kWords> sum, now, then{};
  std::memcpy(sum.data(), &ours, sizeof(V));
  std::memcpy(now.data(), &theirs, sizeof(V));
  if (before) std::memcpy(then.data(), before, sizeof(V));
  for (size_t i = 0; i < kWords; ++i)
    sum[i] = before ? sum[i] + (now[i] - then[i]) : std::max(sum[i], now[i]);
  V row;
  std::memcpy(&row, sum.data(), sizeof(V));
  return row;
}

template <class V>
Result<bool> carry_row(const OlderTable& from, BpfMap<uint32_t, V>& to, uint32_t number,
                       std::map<uint32_t, V>& before) {
  const auto theirs = TRY(from.find<V>(number));
  const auto ours = TRY(to.find(number));
  if (!theirs || !ours) return false;
  const auto known = before.find(number);
  TRY(to.put(number, with_gain(*ours, *theirs, known == before.end() ? nullptr : &known->second)));
  before[number] = *theirs;
  return true;
}

// Who had most of it is a slot of a flow, which has another number now.
sl_bucket bucket_of(const sl_bucket& row) {
  sl_bucket bucket = row;
  bucket.others = 0;
  bucket.most = bucket.ahead = 0;
  return bucket;
}

}   // namespace

Result<std::vector<uint32_t>> OlderTables::slots() const {
  ObservedEngine seen;
  TRY(tell(seen));
  std::vector<uint32_t> slots{0};
  for (const auto& [index, slot] : seen.slots) slots.push_back(slot);
  return slots;
}

template <class V>
Result<> OlderTables::carry_cpus(const std::string& name, int to, const std::vector<uint32_t>& rows,
                                 std::map<uint32_t, std::vector<V>>& before) {
  const OlderTable from = TRY(table(name));
  for (const uint32_t row : rows) {
    const auto theirs = TRY(from.of_cpus<V>(row));
    std::vector<V> ours(theirs.size());
    if (const int rc = bpf_map_lookup_elem(to, &row, ours.data())) return fail_errno("read map " + name, -rc);
    const auto known = before.find(row);
    for (size_t cpu = 0; cpu < ours.size(); ++cpu)
      ours[cpu] = with_gain(ours[cpu], theirs[cpu], known == before.end() ? nullptr : &known->second[cpu]);
    if (const int rc = bpf_map_update_elem(to, &row, ours.data(), BPF_ANY))
      return fail_errno("write to map " + name, -rc);
    before[row] = theirs;
  }
  return {};
}

Result<> OlderTables::carry_counters(Tables& tables) {
  const OlderTable objects = TRY(table("object_counters"));
  std::vector<uint32_t> numbers, endpoints;
  TRY(tables.object_names.for_each([&](uint32_t number, const sl_object_name& name) {
    (name.kind == SL_OBJECT_ENDPOINT ? endpoints : numbers).push_back(number);
  }));
  uint32_t carried = 0;
  for (const uint32_t number : numbers)
    carried += TRY(carry_row(objects, tables.object_counters, number, objects_));
  if (has("endpoint_counters"))
    for (const OlderTable from = TRY(table("endpoint_counters")); const uint32_t number : endpoints)
      carried += TRY(carry_row(from, tables.endpoint_counters, number, endpoints_));
  const auto rows = TRY(slots());
  if (has("iface_counters"))
    TRY(carry_cpus("iface_counters", tables.iface_counters.get(), rows, interfaces_));
  if (has("drop_counters")) TRY(carry_cpus("drop_counters", tables.drop_counters.get(), rows, drops_));
  carried_.counters = carried + static_cast<uint32_t>(rows.size());
  return {};
}

// A bucket of one flow is by the number of the flow's slot, which is another one now: it begins full. All
// others go on where they are. Later is emptier.
Result<> OlderTables::carry_limits(const Target& target) {
  std::map<uint32_t, int32_t> rows;   // by the limit: how many are new
  for (const sl_limit& limit : target.rules.limits) rows[limit.passed] = 0;
  std::vector<std::pair<sl_limit_key, sl_bucket>> buckets;
  TRY((TRY(table("limit_buckets"))
           .for_each<sl_limit_key, sl_bucket>([&](const sl_limit_key& key, const sl_bucket& row) {
             if (key.slot == 0 && rows.contains(key.limit)) buckets.emplace_back(key, bucket_of(row));
           })));
  auto& ours = target.tables.limit_buckets;
  for (const auto& [key, bucket] : buckets) {
    const auto there = TRY(ours.find(key));
    if (there && there->full_at >= bucket.full_at) continue;
    TRY(ours.put(key, bucket));
    if (!there) ++rows[key.limit];
  }
  const OlderTable shared = TRY(table("limit_shared"));
  for (const auto& [number, added] : rows) {
    const auto theirs = TRY(shared.find<sl_limit_shared>(number));
    auto there = TRY(target.tables.limit_shared.find(number));
    if (!theirs || !there) continue;
    if (theirs->bucket.full_at > there->bucket.full_at) there->bucket = bucket_of(theirs->bucket);
    there->rows += added;
    TRY(target.tables.limit_shared.put(number, *there));
  }
  carried_.buckets = static_cast<uint32_t>(buckets.size());
  return {};
}

}   // namespace sluice
