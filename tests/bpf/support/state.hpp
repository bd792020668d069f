// SPDX-License-Identifier: GPL-2.0-or-later
// The flow and mapping tables: what stands in them, and whether it fits together.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/ebpf/flow_rows.hpp"
#include "lab.hpp"

namespace sluice::test {

std::vector<FlowRow> flow_rows(Lab& lab);
// By what its packets look like when they arrive: "192.168.10.2:40000 > 198.51.100.7:53".
std::optional<FlowRow> find_flow(Lab& lab, const std::string& route);
std::string route_of(const sl_tuple& tuple);
// Writes the entry back; for tests that make time pass.
void put_flow(Lab& lab, const FlowRow& row);
// As if the flow had been silent for so many seconds, both directions.
void age_flow(Lab& lab, const std::string& route, uint32_t seconds);

struct MappingRow {
  sl_endpoint key;
  sl_mapping value;   // nat_inside: only `other`
};
std::vector<MappingRow> mapping_rows(Lab& lab, const std::string& map);   // "nat_inside", "nat_outside"

// Whatever the flows say.
void end_all_flows(Lab& lab, Runner& runner);

// "half open", "established", "closing"
std::string phase_of(Lab& lab, const std::string& route);

// Empty, or what does not fit: an entry without its other half, deltas that do not say what the addresses
// say, mappings that are not each other's inverse, references that are not the number of flows.
std::string state_flaws(Lab& lab);

}   // namespace sluice::test
