// SPDX-License-Identifier: GPL-2.0-or-later
// Where several nodes of a cluster carry: who begins flows, and what others say of them (maps/handover.h).
#include <algorithm>
#include <cstring>
#include <utility>

#include "compile/common/rows.hpp"
#include "engine/ebpf/engine_ebpf.hpp"

namespace sluice {
namespace {

sl_handover row_of(const Lead& lead) {
  sl_handover row{};
  row.role = lead.is_here ? SL_HANDOVER_LEADS : SL_HANDOVER_FOLLOWS;
  if (!lead.leader) return row;
  row.leader = row_address(*lead.leader);
  row.family = lead.leader->is_ipv4() ? 4 : 6;
  return row;
}

}   // namespace

Result<> EngineEbpf::put_lead(std::optional<Lead> lead) {
  if (lead_ == lead) return {};
  lead_ = std::move(lead);
  return tables_ ? write_lead() : Result<>();
}

// Devices are those of the rules that this process put in force.
Result<> EngineEbpf::write_lead() {
  sl_handover row = lead_ ? row_of(*lead_) : sl_handover{};
  if (lead_ && rules_)
    for (const auto& [index, interface] : rules_->interfaces) {
      if (interface.number != 0) row.device[interface.number] = index;
      if ((interface.flags & SL_IF_NODES) && lead_->leader) row.link = index;
    }
  sl_handover& there = TRY(need_tables())->config->handover;
  if (std::memcmp(&there, &row, sizeof(row)) == 0) return {};
  const uint8_t role = std::exchange(row.role, there.role);   // the last that changes
  there = row;
  __atomic_store_n(&there.role, role, __ATOMIC_RELEASE);
  return {};
}

Result<HandedCounts> EngineEbpf::handed() {
  HandedCounts counts;
  TRY(for_each_sum<uint64_t>(
      TRY(need_tables())->path_counts.get(), SL_PATH_HANDED_OVER, 2,
      [&](uint32_t row, uint64_t cpu) { (row == SL_PATH_TAKEN ? counts.taken : counts.over) += cpu; }));
  return counts;
}

Result<> EngineEbpf::note_uses(std::span<const FlowUse> uses) {
  Tables* tables = TRY(need_tables());
  TRY(keep_memory());
  const uint32_t now = TRY(runner_->jiffies()), hz = std::max<uint32_t>(tables->config->hz, 1);
  for (const FlowUse& use : uses) {
    const FlowKey& flow = use.flow;
    const sl_tuple tuple =
        tuple_of({flow.source, flow.destination, flow.source_port, flow.destination_port, 0, 0},
                 flow.protocol, flow.vrf);
    TRY(kept_->use(tuple, now - use.idle_seconds * hz));
  }
  return {};
}

}   // namespace sluice
