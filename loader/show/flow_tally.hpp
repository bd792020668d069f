// SPDX-License-Identifier: GPL-2.0-or-later
// What all flows come to: how many there are by state, of each tenant, endpoint and pod, and what rules have
// carried. Whoever looks at flows piece by piece notes each of them, and takes what they came to at the end.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gateway/gateway.hpp"

namespace sluice {

using PhaseCounts = std::array<uint64_t, 3>;   // by FlowPhase

struct FlowTally {
  CarriedCounts counts;
  // By name, in the document's order; those that have none too. A tenant's are those that began in its VRF;
  // those of an endpoint ("home", "phone") and of a pod have it at one end.
  std::vector<std::pair<std::string, PhaseCounts>> tenants, pods;
  std::vector<std::pair<std::pair<std::string, std::string>, PhaseCounts>> endpoints;
  bool sees_flows = true;   // false: none was looked at, and what live flows have carried is not in it
};

class FlowTallier {
 public:
  // What ended flows have carried is read here: a flow that ends before it is noted is in the next tally.
  static Result<FlowTallier> begin(Gateway& gateway);

  void note(const FlowState& flow);
  FlowTally end() &&;

 private:
  struct Place {
    uint16_t vrf;
    IpAddress address;
    bool operator==(const Place&) const = default;
  };
  struct PlaceHash {
    size_t operator()(const Place& place) const;
  };
  // What live flows of one object have carried.
  struct Carried {
    uint64_t packets = 0, bytes = 0;
  };

  void add_places(const Document& document);
  void add_to_place(const Place& place, FlowPhase phase);
  void add_to_object(uint32_t number, const FlowState& flow);

  ObjectsAtRest rest_;
  FlowTally tally_;
  std::unordered_map<uint16_t, size_t> tenants_;                // by VRF, in the tally
  std::unordered_map<Place, PhaseCounts*, PlaceHash> places_;   // in the tally
  std::unordered_map<uint32_t, Carried> objects_;               // by number
};

// By one look, in which the caller does nothing else.
Result<FlowTally> tally_at_once(Gateway& gateway);

}   // namespace sluice
