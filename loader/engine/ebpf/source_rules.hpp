// SPDX-License-Identifier: GPL-2.0-or-later
// By which rule the packet path would translate a flow's source (bpf/nat/translate.h, masquerade.h).
#pragma once

#include <optional>

#include "engine/ebpf/prefix_table.hpp"
#include "engine/state.hpp"

namespace sluice {

struct SourceRule {
  uint32_t object = 0;       // number of the static mapping or masquerade
  bool masquerade = false;   // its flows hold a mapping
  uint32_t scope = 0;        // of that mapping
};

// What the two directions of a flow say of its translation.
bool has_new_source(const FlowState& flow);
bool has_new_destination(const FlowState& flow);

// Refers to the rules, which must outlive it.
class SourceRules {
 public:
  explicit SourceRules(const RulesEbpf& rules);
  // nullopt: its source stays as it is.
  std::optional<SourceRule> find(const FlowState& flow) const;

 private:
  struct Outside {
    uint16_t zone = 0;
    uint32_t ifindex = 0;
  };
  Outside outside_of(const FlowState& flow) const;
  const sl_zone_pair* pair_of(uint16_t from, uint16_t to) const;

  const RulesEbpf& rules_;
  PrefixTable<sl_static> static_in_, static_out_;
  PrefixTable<sl_local> local_;
};

}   // namespace sluice
