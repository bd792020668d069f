// SPDX-License-Identifier: GPL-2.0-or-later
// What the rules say of a first packet, question by question as bpf/policy/judge.h asks, and of a flow that
// is there. Pure: where the routes lead is known to the caller. The engines judge packets by themselves, by
// the same rows.
#pragma once

#include <optional>

#include "compile/common/rule_tables.hpp"
#include "model/address.hpp"

namespace sluice {

// As it arrives.
struct FirstPacket {
  uint8_t protocol = 0;
  Endpoint source, destination;   // 0: no ports
  uint16_t zone_in = 0;           // number; 0: the gateway
  uint16_t vrf_in = 0;            // 0: main
};

// A flow by the packets of both directions, and where its other end is now.
struct FlowEnds {
  FirstPacket packet;
  Endpoint answers_from, answers_to;   // before they are translated back
  uint16_t zone_out = 0, vrf_out = 0;
  uint32_t ifindex_out = 0;   // 0: the gateway
  bool is_closing = false;
  bool in_any_vrf = false;   // vrf_out is not known
};

// What the rules make of a destination.
struct NatTarget {
  // None: no word of the address can take the adjustment of its prefix; or the service has no backend for it.
  std::optional<Endpoint> at;
  const sl_forward* forward = nullptr;   // whose it is; both null: nobody's, and it stays
  const sl_backend* backend = nullptr;   // of a service
  const sl_static* mapping = nullptr;
  uint16_t view = 0, vrf = 0;   // the VRFs in whose rules it was found, and that the address is in

  bool is_new() const { return forward || mapping; }
  uint32_t object() const {
    return backend ? backend->object : forward ? forward->object : mapping ? mapping->object : 0;
  }
  // Of the address that was asked for.
  uint16_t zone() const { return forward ? forward->zone : mapping ? mapping->zone : 0; }
  uint32_t ifindex() const { return forward ? forward->ifindex : mapping ? mapping->ifindex : 0; }
};

struct Decision {
  const Policy* policy = nullptr;   // null: the default between the zones
  Action action = Action::kDrop;
};

// Who translates the source: the mapping, or where there is none the masquerade. Both null: nobody.
struct NatSource {
  const sl_static* mapping = nullptr;
  const sl_masquerade* masquerade = nullptr;
};

class Judge {
 public:
  // Both outlive it.
  Judge(const Document& document, const NumberedRules& rules) : tables_(document, rules) {}

  const RuleTables& tables() const { return tables_; }

  // None: the rules of this VRF say nothing of its destination. Of a service: the backend that `flow` goes
  // to, or, where there is no flow yet, one that has a turn.
  std::optional<NatTarget> target_in(uint16_t view, const FirstPacket& packet,
                                     const FlowEnds* flow = nullptr) const;
  bool may_use(const sl_forward& forward, const IpAddress& source) const;
  // Addresses behind a masquerade are not asked for from its outside.
  bool is_hidden(uint16_t zone_in, uint16_t zone_out, Family family) const;
  Decision decide(const PolicyQuestion& question) const;
  // Of a translated destination, found in this VRF: the answer would go past the gateway, or to an address
  // that is somebody else's there.
  static bool is_hairpin(const FirstPacket& packet, uint16_t view, uint16_t zone_out);
  // `outside`: the zone that it is translated for. `destination`: that a masquerade may except; none: in a
  // hairpin.
  NatSource source_rule(const FirstPacket& packet, uint16_t outside,
                        const std::optional<IpAddress>& destination) const;

  // Where a first packet of this flow would be led now. Whom no rule leads stays in the VRF of the flow.
  NatTarget target_of(const FlowEnds& flow) const;
  // Whether a first packet of this flow would be admitted now, and translated as the flow is.
  bool allows(const FlowEnds& flow) const;
  // It goes to an address that its service has no more.
  bool lost_its_backend(const FlowEnds& flow) const;
  // The number of the rule that translates it; 0: none.
  uint32_t nat_of(const FlowEnds& flow) const;

 private:
  const sl_backend* backend_of(const sl_forward& service, const FirstPacket& packet,
                               const FlowEnds* flow) const;
  struct Outside {   // zone and device on whose side a flow is translated
    uint16_t zone = 0;
    uint32_t ifindex = 0;
    NatSource rule;
  };
  Outside outside_of(const FlowEnds& flow, const NatTarget& target) const;
  bool source_is_right(const FlowEnds& flow, const NatTarget& target) const;
  bool is_by_own_address(const FlowEnds& flow, const NatTarget& target) const;
  bool gives(const sl_masquerade& masquerade, const IpAddress& seen, uint32_t device) const;

  RuleTables tables_;
};

}   // namespace sluice
