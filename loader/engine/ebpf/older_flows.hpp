// SPDX-License-Identifier: GPL-2.0-or-later
// The flows of one family in the tables of another release, while its programs go on with them: what came and
// what went since the last look.
#pragma once

#include <string>
#include <vector>

#include "engine/ebpf/flow_rows.hpp"
#include "engine/ebpf/older_table.hpp"
#include "kernel/bpf/map.hpp"

namespace sluice {

class OlderFlows {
 public:
  // `name` is flows4 or flows6.
  // `abi`: of the other release.
  static Result<OlderFlows> open(const Pins& pins, const OwnRows& own, const std::string& name, uint32_t abi);

  struct Row : FlowRow {
    uint32_t number;
  };
  struct Changes {
    std::vector<Row> come;        // both directions
    std::vector<sl_tuple> gone;   // that were among `come` before; original direction only
  };
  // A row is seen by one word of its home: a look at all of a million flows takes some 20 ms. False counts of
  // flows whose row changed owners in between are not seen, only that it did.
  Changes look();
  // It will be among `come` of the next look again, if it is still there.
  void forget(uint32_t row) { seen_[row] = {}; }
  // As it is now; nullopt: it has another owner than at the last look.
  std::optional<Row> again(uint32_t row);

  // each(row, packets, bytes): what was counted in rows since they were read. Once.
  template <class Each>
  Result<> for_each_gain(Each each) {
    for (uint32_t number = 0; number < seen_.size(); ++number) {
      if (!is_taken(seen_[number].word)) continue;
      const Seen before = seen_[number];
      const auto row = again(number);
      if (row && (row->flow.packets != before.packets || row->flow.bytes != before.bytes))
        TRY(each(*row, row->flow.packets - before.packets, row->flow.bytes - before.bytes));
    }
    return {};
  }

 private:
  struct Places {
    uint32_t home, word, key, flow, key_size, flow_size, homes;   // bytes, but for `homes`
  };
  struct Seen {
    uint64_t word = 0, packets = 0, bytes = 0;
    uint32_t original = 0;   // in originals_, from 1; 0: it is no row of an original direction
  };
  OlderFlows(OlderTable table, MapMemory memory, Places places, RowCopy key, RowCopy flow, bool ipv6,
             bool may_change_family)
      : table_(std::move(table)),
        memory_(std::move(memory)),
        places_(places),
        key_(std::move(key)),
        flow_(std::move(flow)),
        ipv6_(ipv6),
        may_change_family_(may_change_family),
        seen_(2 * size_t{places.homes}) {}
  static bool is_taken(uint64_t word) { return (word & SL_ROW_STATE) == SL_ROW_TAKEN; }
  const std::byte* home_of(uint32_t row) const { return memory_.bytes() + size_t{row / 2} * places_.home; }
  uint64_t word_of(uint32_t row) const;
  std::optional<Row> read(uint32_t row, uint64_t word) const;
  void note_gone(Seen& seen, Changes& changes);

  OlderTable table_;
  MapMemory memory_;
  Places places_;
  RowCopy key_, flow_;
  bool ipv6_;
  bool may_change_family_;   // a release before said something else by that flag
  std::vector<Seen> seen_;
  std::vector<sl_tuple> originals_;
};

}   // namespace sluice
