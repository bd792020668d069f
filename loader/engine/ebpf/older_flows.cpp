// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/older_flows.hpp"

#include <fmt/format.h>

namespace sluice {
namespace {

constexpr uint32_t kFirstBetweenFamilies = 17;   // SL_ABI
constexpr uint32_t kFetchAhead = 16;             // homes: memory is waited for once and not for each

sl_tuple tuple_read(const RowCopy& copy, bool ipv6, const std::byte* key) {
  sl_flow4_key four{};
  sl_flow6_key six{};
  copy(key, ipv6 ? static_cast<void*>(&six) : &four);
  return ipv6 ? sluice::tuple_of(six) : sluice::tuple_of(four);
}

}   // namespace

Result<OlderFlows> OlderFlows::open(const Pins& pins, const OwnRows& own, const std::string& name,
                                    uint32_t abi) {
  OlderTable table = TRY(OlderTable::open(pins, own, name));
  const std::string doing = fmt::format("read map {} of another release", name);
  const auto member = [&](const RowType& row, const char* path) -> Result<RowMember> {
    return TRY_TO(doing, find_member(row, path));
  };
  const RowType home = table.rows().value, our_home = TRY(own.of(name)).value;
  const RowMember word = TRY(member(home, "head.word")), key = TRY(member(home, "key")),
                  flow = TRY(member(home, "flow"));
  if (word.count != 2 || key.count != 2 || flow.count != 2 || word.type.size() != sizeof(sl_row_word) ||
      word.offset % sizeof(sl_row_word) != 0)
    return fail(doing + ": its homes are of another kind");
  RowCopy key_copy = TRY_TO(doing, RowCopy::between(key.type, TRY(member(our_home, "key")).type)),
          flow_copy = TRY_TO(doing, RowCopy::between(flow.type, TRY(member(our_home, "flow")).type));
  const Places places{(table.info().value_size + 7) / 8 * 8,
                      word.offset,
                      key.offset,
                      flow.offset,
                      key.type.size(),
                      flow.type.size(),
                      table.size()};
  MapMemory memory = TRY(MapMemory::of(name, table.fd()));
  return OlderFlows(std::move(table), std::move(memory), places, std::move(key_copy), std::move(flow_copy),
                    name == "flows6", abi >= kFirstBetweenFamilies);
}

uint64_t OlderFlows::word_of(uint32_t row) const {
  const std::byte* at = home_of(row) + places_.word + (row & 1) * sizeof(sl_row_word);
  return __atomic_load_n(reinterpret_cast<const uint64_t*>(at), __ATOMIC_ACQUIRE);
}

// nullopt: it changed owners meanwhile.
std::optional<OlderFlows::Row> OlderFlows::read(uint32_t number, uint64_t word) const {
  const std::byte* home = home_of(number);
  Row row{};
  row.number = number;
  row.tuple = tuple_read(key_, ipv6_, home + places_.key + (number & 1) * size_t{places_.key_size});
  flow_(home + places_.flow + (number & 1) * size_t{places_.flow_size}, &row.flow);
  if (!may_change_family_) row.flow.flags &= static_cast<uint16_t>(~SL_FLOW_OTHER_FAMILY);
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return word_of(number) == word ? std::optional(row) : std::nullopt;
}

void OlderFlows::note_gone(Seen& seen, Changes& changes) {
  if (seen.original) changes.gone.push_back(originals_[seen.original - 1]);
  seen = {};
}

OlderFlows::Changes OlderFlows::look() {
  Changes changes;
  for (uint32_t number = 0; number < seen_.size(); ++number) {
    if (number % 2 == 0 && number / 2 + kFetchAhead < places_.homes)
      __builtin_prefetch(home_of(number + 2 * kFetchAhead) + places_.word);
    const uint64_t word = word_of(number);
    Seen& seen = seen_[number];
    if (word == seen.word || (!is_taken(word) && !is_taken(seen.word))) continue;
    note_gone(seen, changes);
    const auto row = is_taken(word) ? read(number, word) : std::nullopt;
    if (!row) continue;
    seen = {word, row->flow.packets, row->flow.bytes, 0};
    changes.come.push_back(*row);
    if (row->flow.flags & SL_FLOW_REPLY) continue;
    originals_.push_back(row->tuple);
    seen.original = static_cast<uint32_t>(originals_.size());
  }
  return changes;
}

std::optional<OlderFlows::Row> OlderFlows::again(uint32_t number) {
  Seen& seen = seen_[number];
  if (!is_taken(seen.word) || word_of(number) != seen.word) return std::nullopt;
  const auto row = read(number, seen.word);
  if (row) {
    seen.packets = row->flow.packets;
    seen.bytes = row->flow.bytes;
  }
  return row;
}

}   // namespace sluice
