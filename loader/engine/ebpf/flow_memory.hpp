// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of flows as memory, for as long as this object lives: rows are found without a call of the
// kernel for each, and changed as programs change them. All of the tables count for the process's memory
// meanwhile.
#pragma once

#include "engine/ebpf/flow_pair.hpp"
#include "engine/ebpf/flow_rows.hpp"
#include "kernel/bpf/map.hpp"

namespace sluice {

class FlowMemory {
 public:
  static Result<FlowMemory> of(const Tables& tables);

  // A flow that is not there (any more) is none of these.
  Result<> add(const sl_tuple& tuple, uint64_t packets, uint64_t bytes);
  Result<> zero(const sl_tuple& tuple);                  // both directions
  Result<> use(const sl_tuple& tuple, uint32_t stamp);   // no older than this, in jiffies
  // Both rows of a flow become as old as these, established or closing as these are, and know no numbers of
  // TCP. kOther: what is there leads elsewhere, or is another connection.
  enum class Renewal : uint8_t { kDone, kNone, kOther };
  Result<Renewal> renew(const FlowPair& pair);

  Result<std::optional<sl_flow>> read(const sl_tuple& tuple) const;
  std::span<const sl_home4> homes4() const { return four_.rows<sl_home4>(); }
  std::span<const sl_home6> homes6() const { return six_.rows<sl_home6>(); }

 private:
  FlowMemory(const Tables& tables, MapMemory four, MapMemory six)
      : tables_(&tables), four_(std::move(four)), six_(std::move(six)) {}
  Result<const sl_flow*> find(const sl_tuple& tuple) const;   // null: it is not there
  Result<sl_flow*> find_to_write(const sl_tuple& tuple);
  Result<bool> is_shifted_alike(const FlowRow& wanted, const sl_flow& flow) const;

  const Tables* tables_;
  MapMemory four_, six_;
};

}   // namespace sluice
