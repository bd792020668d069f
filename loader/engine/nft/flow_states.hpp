// SPDX-License-Identifier: GPL-2.0-or-later
// Entries of the kernel's connection tracking as what `show flows` tells, and the other way round. Pure.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "base/result.hpp"
#include "compile/common/numbered_rules.hpp"
#include "compile/nft/marks.hpp"
#include "engine/state.hpp"
#include "kernel/conntrack/entry.hpp"
#include "model/document.hpp"

namespace sluice {

// What the numbers in an entry mean.
struct FlowNumbers {
  const std::vector<ZonePair>&
      pairs;   // index is the number of the pair in the mark; the first row means nothing
  std::vector<uint16_t> vrfs = {};   // index is the number of the zone; empty: all are in the main one
  std::set<uint16_t> asked = {};     // RulesNft::asked_vrfs
  size_t pairs_before = 0;           // numbers that earlier rules gave: a flow may still have one of those
};

// nullopt: not a flow of sluice. What connection tracking does not know stays 0: interfaces, `nat`, and
// packets and bytes where accounting is off.
std::optional<FlowState> flow_state(const ConntrackEntry& entry, const FlowNumbers& numbers,
                                    const Timeouts& timeouts);

// The entry that lets netfilter go on with a flow of another engine, admitted by `generation`. A failure says
// why it cannot go on.
Result<ConntrackEntry> conntrack_entry(const FlowState& flow, const FlowNumbers& numbers, uint8_t generation);

}   // namespace sluice
