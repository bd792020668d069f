// SPDX-License-Identifier: GPL-2.0-or-later
// A flow that another engine carried as the two rows that the packet path would have made
// (bpf/flow/create.h). Pure.
#pragma once

#include <optional>

#include "engine/ebpf/flow_rows.hpp"
#include "engine/ebpf/source_rules.hpp"

namespace sluice {

struct FlowPair {
  FlowRow original, reply;
  // The mapping of its source, where a masquerade gave that.
  std::optional<sl_endpoint> inside, outside;
};

struct PairTimes {
  uint32_t version = 0;   // that the rows were last checked against
  uint32_t now = 0;       // jiffies
  uint32_t hz = 1;
};

// `rule` says who translates the source; nullopt: nobody.
FlowPair make_flow_pair(const FlowState& flow, const std::optional<SourceRule>& rule, const PairTimes& times);
// The flow holds a reference on its mapping.
void note_mapping(FlowPair& pair);

}   // namespace sluice
