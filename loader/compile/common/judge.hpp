// SPDX-License-Identifier: GPL-2.0-or-later
// What the rules say about a flow, without a packet: for flows that were admitted by other rules, and for the
// names of the rules that carry one. Pure; the engines judge packets by themselves, by the same document.
#pragma once

#include <optional>

#include "compile/common/rule_tables.hpp"

namespace sluice {

// A flow as its packets arrive in both directions, and where its ends are now.
struct FlowEnds {
  uint8_t protocol = 0;
  IpAddress source, destination;               // of the original direction, before translation
  IpAddress reply_source, reply_destination;   // of the answers, before they are translated back
  uint16_t source_port = 0, destination_port = 0, reply_source_port = 0, reply_destination_port = 0;
  uint16_t zone_in = 0, zone_out = 0;   // numbers; 0: the gateway
  uint32_t ifindex_out = 0;             // 0: the gateway
  uint16_t vrf_in = 0, vrf_out = 0;     // where each direction comes in; 0: main
};

class Judge {
 public:
  // Both outlive it.
  Judge(const Document& document, const NumberedRules& rules) : tables_(document, rules) {}

  // Whether a first packet of this flow would be admitted now, and translated as the flow is.
  bool allows(const FlowEnds& flow) const;
  // The number of the rule that translates it; 0: none.
  uint32_t nat_of(const FlowEnds& flow) const;

 private:
  struct Target {   // what its destination becomes
    IpAddress address;
    uint16_t port = 0;
    const sl_forward* forward = nullptr;
    const sl_static* mapping = nullptr;
    uint16_t view = 0, vrf = 0;   // the VRFs in whose rules it was found, and that the address is in
  };
  Target target_of(const FlowEnds& flow) const;
  static Target untranslated(const FlowEnds& flow);
  std::optional<Target> target_in(uint16_t view, const FlowEnds& flow) const;
  bool may_use(const sl_forward& forward, const IpAddress& source) const;
  bool source_is_right(const FlowEnds& flow, const Target& target) const;
  bool gives(const sl_masquerade& masquerade, const FlowEnds& flow, uint32_t device) const;
  Action action_for(const FlowEnds& flow) const;
  // Zone and device on whose side the flow is translated.
  std::pair<uint16_t, uint32_t> outside_of(const FlowEnds& flow, const Target& target) const;
  const sl_masquerade* masquerade_for(const FlowEnds& flow, uint16_t outside) const;

  RuleTables tables_;
};

}   // namespace sluice
