// SPDX-License-Identifier: GPL-2.0-or-later
// Meaning: what concerns several parts of a document at once.
#pragma once

#include "config/draft.hpp"
#include "model/capabilities.hpp"

namespace sluice::config {

// Where to complain of a rule's key: at its value, or at the rule where the key was left out.
inline const Node& place(const Node& rule, std::string_view key) {
  const Node* member = rule.member(key);
  return member ? *member : rule;
}

void check_references(Draft& draft);        // zones and sets exist
void check_interfaces(Draft& draft);        // addresses and networks differ
void check_vrfs(Draft& draft);              // tables differ, zones lie in one, neighbours are in reach
void check_bandwidths(Draft& draft);        // guarantees fit into the rates that they are of
void check_made_interfaces(Draft& draft);   // members, parents and VXLANs fit together
void check_closed_zones(Draft& draft);      // nothing leads out of an isolated bridge's zone
void check_policies(Draft& draft);          // warns of those that can never match
void check_masquerades(Draft& draft);       // pools fit, no two for the same traffic
void check_mappings(Draft& draft);          // what masquerades say of their mappings fits together
void check_static_mappings(Draft& draft);   // both sides fit, no two for the same address
void check_forwards(Draft& draft);          // listen addresses exist, no two for the same port

// Complains where more limits can meet in a packet than are kept with a flow.
void check_limits(const Document& document, const Node& root, Complaints& complaints);
// Complains about everything in a consistent document that this engine cannot do.
void check_engine(const Document& document, EngineKind engine, const Node& root, Complaints& complaints);

}   // namespace sluice::config
