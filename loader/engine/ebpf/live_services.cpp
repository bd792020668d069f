// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/live_services.hpp"

#include <algorithm>
#include <numeric>

#include "engine/ebpf/inner_table.hpp"
#include "engine/ebpf/table_writer.hpp"
#include "plan/plan_services.hpp"

namespace sluice {
namespace {

constexpr uint32_t kLeastSpare = 1024;
constexpr uint32_t kLargestBlock = SL_MAX_MEMBERS + SL_MAX_TURNS / SL_TURNS_IN_ROW;

}   // namespace

// At least a block as large as any that is there, and an eighth of all: after so many changes one waits until
// no packet reads what was left.
uint32_t spare_rows(const std::vector<sl_backend_row>& backends) {
  if (backends.empty()) return 0;
  const auto rows = static_cast<uint32_t>(backends.size());
  return std::max({kLeastSpare, std::min(rows, kLargestBlock), rows / 8});
}

Result<LiveServices> LiveServices::open(const Pins& pins, const Tables& tables, const NumberedRules& rules) {
  const uint32_t slot = SL_SLOT_OF(tables.config.version());
  const UniqueFd forwards = TRY(pins.open(pins.map("forwards")));
  UniqueFd backends = TRY(pins.open(pins.map("backends")));
  Forwards inner_forwards("forwards", TRY(inner_table(forwards, "forwards", slot)));
  Backends inner_backends("backends", TRY(inner_table(backends, "backends", slot)));
  LiveServices live(std::move(backends), slot, std::move(inner_forwards), std::move(inner_backends));
  TRY(live.read(rules));
  return live;
}

Result<> LiveServices::read(const NumberedRules& rules) {
  std::map<uint32_t, uint32_t> used;
  for (const auto& [key, wanted] : rules.forwards) {
    if (!(wanted.flags & SL_FORWARD_SERVICE)) continue;
    const auto row = TRY(forwards_.find(key));
    if (!row || !(row->flags & SL_FORWARD_SERVICE)) return fail("the rules in force are others");
    if (const uint32_t count = rows_of_block(*row)) used[row->backends] = count;
    if (row->object) rows_[service_of(key, *row)].emplace_back(key, *row);
  }
  room_ = Room(TRY(use_of(backends_.fd())).size, used);
  return {};
}

Result<> LiveServices::refuse_others(const Tables& tables, const ServiceInFamily& service,
                                     const step::LeadService& step) const {
  const auto rows = rows_.find(service);
  if (rows == rows_.end() || text_of_digest(tables.config->rules_digest[slot_]) != step.previous_digest ||
      tables.config.version() == 0 || SL_SLOT_OF(tables.config.version()) != slot_)
    return fail("the rules in force are others");
  const sl_forward& now = rows->second.front().second;
  std::vector<sl_backend_row> block;
  for (uint32_t row = 0; row < rows_of_block(now); ++row)
    block.push_back(TRY(backends_.find(now.backends + row)).value_or(sl_backend_row{}));
  return BlockView{now.members, now.turns, now.balance, block} == BlockView(*step.previous)
             ? Result<>{}
             : fail("it is led elsewhere already");
}

// The first row that the block lies at. Free rows are read by nobody.
Result<uint32_t> LiveServices::place(const std::vector<sl_backend_row>& block) {
  const auto count = static_cast<uint32_t>(block.size());
  auto first = room_.take(count);
  if (!first) {
    TRY(await_packets());
    first = room_.take(count);
  }
  if (!first) return fail("the table of backends is full");
  std::vector<uint32_t> keys(count);
  std::iota(keys.begin(), keys.end(), *first);
  std::vector<sl_backend_row> rows = block;
  if (auto written = put_batch(backends_.name(), backends_.fd(), keys, rows); !written) {
    room_.give_back(*first, count);
    return std::unexpected(written.error());
  }
  return *first;
}

Result<> LiveServices::switch_over(const ServiceInFamily& service, const ServiceBlock& block,
                                   uint32_t first) {
  for (auto& [key, row] : rows_.at(service)) {
    lead_to(row, block, first);
    TRY(forwards_.put(key, row));
  }
  return {};
}

// While rows are switched the digest is that of no rules: whoever starts after a crash puts all of them anew.
Result<> LiveServices::lead(Tables& tables, const step::LeadService& step) {
  const ServiceInFamily service{step.object, step.family};
  TRY(refuse_others(tables, service, step));
  const sl_forward before = rows_.at(service).front().second;
  const uint32_t first = TRY(place(step.block->rows));
  auto* digest = &tables.config->rules_digest[slot_];
  __atomic_store_n(digest, 0, __ATOMIC_RELEASE);
  TRY(switch_over(service, *step.block, first));
  changed_[service] = step.block;
  room_.give_back(before.backends, rows_of_block(before));
  __atomic_store_n(digest, std::stoull(step.digest, nullptr, 16), __ATOMIC_RELEASE);
  return {};
}

Result<> LiveServices::await_packets() {
  TRY(await_packets_of(outer_, backends_.name(), slot_, backends_.fd()));
  room_.settle();
  return {};
}

ServiceBlocks LiveServices::changed() const {
  ServiceBlocks blocks;
  for (const auto& [service, block] : changed_) blocks.emplace(service, *block);
  return blocks;
}

}   // namespace sluice
