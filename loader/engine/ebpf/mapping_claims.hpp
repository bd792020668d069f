// SPDX-License-Identifier: GPL-2.0-or-later
// Mappings of masquerades for flows that are taken over: several flows of one inside endpoint share one.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "engine/ebpf/flow_pair.hpp"

namespace sluice {

// First count() every flow, then make() the mappings with as many references, then hold() one for each flow
// whose rows are written, and at the end give_back() what was not held.
//
// A mapping that is there already belongs to the packet path, which alone can count on it without losing a
// packet's count; and netfilter lets two inside endpoints leave by one outside endpoint, or one by two, when
// the far ends differ. Such flows go on without a mapping, as those of protocols without ports do.
class MappingClaims {
 public:
  // SL_MAPPING_* that a mapping begins with, by its outside endpoint; empty: none.
  using Flags = std::function<Result<uint16_t>(const sl_endpoint& outside)>;
  explicit MappingClaims(Tables& tables, Flags flags = {}) : tables_(tables), flags_(std::move(flags)) {}

  void count(const FlowPair& pair);
  Result<> make();
  // Whether this flow may note the mapping in its row.
  bool offers(const FlowPair& pair);
  void hold(const FlowPair& pair);
  Result<> give_back();

 private:
  struct Claim {
    sl_endpoint inside, outside;
    uint32_t masquerade = 0, counted = 0, held = 0;
    bool made = false;
  };
  Result<> make(Claim& claim);
  Result<> give_back(const Claim& claim);
  Claim* claim_of(const FlowPair& pair);

  Tables& tables_;
  Flags flags_;
  std::unordered_map<std::string, Claim> claims_;   // by the inside endpoint's bytes
};

}   // namespace sluice
