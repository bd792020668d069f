// SPDX-License-Identifier: GPL-2.0-or-later
// What rules have carried, and how many flows there were.
#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>

#include "engine/ebpf/engine_ebpf.hpp"
#include "engine/ebpf/flow_rows.hpp"
#include "engine/ebpf/put_rules.hpp"
#include "engine/ebpf/table.hpp"

namespace sluice {

namespace {

// Of both families, by all CPUs.
Result<uint64_t> flows_made(int counts) {
  uint64_t made = 0;
  for (const uint8_t family : {4, 6})
    TRY(for_each_sum<sl_flow_count>(counts, SL_GC_CURSOR_OF(family), 1,
                                    [&](uint32_t, const sl_flow_count& cpu) { made += cpu.made; }));
  return made;
}

using ObjectsByNumber = std::map<uint32_t, ObjectCount>;

void put_count(const sl_object_count& count, ObjectCount& object) {
  object.flows = count.flows;
  object.live = static_cast<uint64_t>(std::max<int64_t>(0, static_cast<int64_t>(count.flows - count.ended)));
  object.packets = count.packets;
  object.bytes = count.bytes;
}

// The rows up to the last of these, in one call: one for each object is most of the time of a look at ten
// thousand.
Result<> read_counters(const Tables& tables, ObjectsByNumber& objects) {
  if (objects.empty()) return {};
  uint32_t rows = objects.rbegin()->first + 1, position = 0;
  std::vector<uint32_t> numbers(rows);
  std::vector<sl_object_count> counts(rows);
  const int rc = bpf_map_lookup_batch(tables.object_counters.fd(), nullptr, &position, numbers.data(),
                                      counts.data(), &rows, nullptr);
  if (rc && rc != -ENOENT) return fail_errno("read map object_counters", -rc);
  auto at = objects.begin();
  for (uint32_t i = 0; i < rows && at != objects.end(); ++i)
    if (numbers[i] == at->first) put_count(counts[i], (at++)->second);   // both ascend
  return {};
}

// Without what live flows have carried so far.
Result<ObjectsByNumber> ended_objects(const Tables& tables, const ObjectIds& ids) {
  ObjectsByNumber objects;
  for (const auto& [object, number] : ids)
    if (object.kind != SL_OBJECT_ENDPOINT) objects[number] = {number, object.kind, object.name, 0, 0, 0};
  TRY(read_counters(tables, objects));
  return objects;
}

}   // namespace

Result<ObjectsAtRest> EngineEbpf::objects_at_rest() {
  ObjectsAtRest rest{.objects = {}, .with_live = false};
  if (!tables_) return rest;
  for (auto& [number, object] : TRY(ended_objects(*tables_, *TRY(objects_of(*tables_, in_force_)))))
    rest.objects.push_back(std::move(object));
  return rest;
}

Result<std::vector<ObjectCount>> EngineEbpf::objects() {
  if (!tables_) return std::vector<ObjectCount>{};
  ObjectsByNumber objects = TRY(ended_objects(*tables_, *TRY(objects_of(*tables_, in_force_))));
  for (const auto& [number, live] : TRY(live_objects(*tables_))) {
    const auto at = objects.find(number);
    if (at == objects.end()) continue;
    at->second.packets += live.packets;
    at->second.bytes += live.bytes;
  }
  std::vector<ObjectCount> counts;
  for (auto& [number, object] : objects) counts.push_back(std::move(object));
  return counts;
}

Result<std::optional<uint64_t>> EngineEbpf::flows_created() {
  if (!tables_) return std::optional<uint64_t>();
  return TRY(flows_made(tables_->flow_counts.get()));
}

}   // namespace sluice
