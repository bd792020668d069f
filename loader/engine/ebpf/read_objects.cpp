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

// Each by a call of its own.
Result<> read_each(const Tables& tables, const std::vector<uint32_t>& numbers,
                   std::vector<sl_object_count>& counts) {
  for (size_t i = 0; i < numbers.size(); ++i)
    if (const auto row = TRY(tables.object_counters.find(numbers[i]))) counts[i] = *row;
  return {};
}

// By one call, with those between the first and the last.
Result<> read_all(const Tables& tables, const std::vector<uint32_t>& numbers, uint32_t first, uint32_t last,
                  std::vector<sl_object_count>& counts) {
  uint32_t rows = last - first + 1, before = first - 1, position = 0;
  std::vector<uint32_t> read(rows);   // of an array: without gaps
  std::vector<sl_object_count> values(rows);
  const int rc = bpf_map_lookup_batch(tables.object_counters.fd(), first ? &before : nullptr, &position,
                                      read.data(), values.data(), &rows, nullptr);
  if (rc && rc != -ENOENT) return fail_errno("read map object_counters", -rc);
  for (size_t i = 0; i < numbers.size(); ++i) counts[i] = values[numbers[i] - first];
  return {};
}

// A call for each row is most of the time of a look at ten thousand; a row takes a thirtieth of one.
Result<std::vector<sl_object_count>> read_counters(const Tables& tables,
                                                   const std::vector<uint32_t>& numbers) {
  constexpr size_t kRowsOfACall = 32;
  std::vector<sl_object_count> counts(numbers.size());
  if (numbers.empty()) return counts;
  const auto [first, last] = std::ranges::minmax(numbers);
  if (last - first > numbers.size() * kRowsOfACall)
    TRY(read_each(tables, numbers, counts));
  else
    TRY(read_all(tables, numbers, first, last, counts));
  return counts;
}

// Without what live flows have carried so far.
Result<ObjectsByNumber> ended_objects(const Tables& tables, const ObjectIds& ids) {
  ObjectsByNumber objects;
  for (const auto& [object, number] : ids)
    if (object.kind != SL_OBJECT_ENDPOINT) objects[number] = {number, object.kind, object.name, 0, 0, 0};
  std::vector<uint32_t> numbers;
  for (const auto& [number, object] : objects) numbers.push_back(number);
  const auto counts = TRY(read_counters(tables, numbers));
  auto count = counts.begin();
  for (auto& [number, object] : objects) put_count(*count++, object);
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

Result<std::vector<SignCount>> EngineEbpf::signs(const std::vector<std::string>& names) {
  std::vector<SignCount> signs;
  if (!tables_) return signs;
  const SharedObjectIds ids = TRY(objects_of(*tables_, in_force_));
  std::vector<uint32_t> numbers;   // 0 is nobody's, and counts nothing
  for (const std::string& name : names) {
    const auto at = ids->find(ObjectView{SL_OBJECT_BACKEND, name});
    numbers.push_back(at == ids->end() ? 0 : at->second);
  }
  for (const sl_object_count& row : TRY(read_counters(*tables_, numbers)))
    signs.push_back({row.asked, row.answered, row.refused, row.answer_us});
  return signs;
}

Result<std::optional<uint64_t>> EngineEbpf::flows_created() {
  if (!tables_) return std::optional<uint64_t>();
  return TRY(flows_made(tables_->flow_counts.get()));
}

}   // namespace sluice
