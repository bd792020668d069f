// SPDX-License-Identifier: GPL-2.0-or-later
// The counts of flows in the tables, changed as programs change them.
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
  // TCP. False: it is not there, leads elsewhere, or is another connection.
  Result<bool> renew(const FlowPair& pair);

 private:
  FlowMemory(const Tables& tables, MapMemory four, MapMemory six)
      : tables_(&tables), four_(std::move(four)), six_(std::move(six)) {}
  Result<sl_flow*> find(const sl_tuple& tuple);   // null: it is not there
  Result<bool> is_shifted_alike(const FlowRow& wanted, const sl_flow& flow) const;

  const Tables* tables_;
  MapMemory four_, six_;
};

}   // namespace sluice
