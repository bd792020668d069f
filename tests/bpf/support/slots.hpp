// SPDX-License-Identifier: GPL-2.0-or-later
// Slots of flows, and the counts that go with them.
#pragma once

#include <string>
#include <vector>

#include "engine/ebpf/flow_rows.hpp"
#include "lab.hpp"

namespace sluice::test {

struct SlotRow {
  uint32_t number = 0;
  sl_slot head{};
  sl_tuple tuple{};
};
// Those that are not free.
std::vector<SlotRow> slot_rows(Lab& lab);
// Its flow is looked at again by whoever comes along next; for tests that make time pass.
void make_due(Lab& lab, const sl_tuple& tuple);
// As if every flow had been silent for so many seconds.
void age_all_flows(Lab& lab, uint32_t seconds);

// Empty, or what does not fit: a flow without its slot, a slot without its flow, hosts that have another
// number of flows than is counted.
std::string slot_flaws(Lab& lab, const std::vector<FlowRow>& rows);

}   // namespace sluice::test
