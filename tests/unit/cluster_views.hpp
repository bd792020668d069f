// SPDX-License-Identifier: GPL-2.0-or-later
// What nodes of a cluster may have said.
#pragma once

#include <string>

#include "cluster/decide.hpp"

namespace sluice::test {

inline const std::string kOldDocument = id_of_document("old", {}), kNewDocument = id_of_document("new", {});

inline SharedRevision revision(const std::string& id, const std::string& node, int64_t mod) {
  return {
      .id = id, .number = mod, .node = node, .who = "root", .why = "", .when = "", .file = "", .mod = mod};
}

// Two others beside the own node, gw1; all have the same, and gw2 proposes another.
inline ClusterView changing(const std::string& proposer = "gw2", bool waits = false) {
  ClusterView view;
  view.head = revision(kOldDocument, "gw1", 1);
  view.proposal = Proposal{.revision = revision(kNewDocument, proposer, 7), .seconds = 60, .waits = waits};
  for (const char* node : {"gw1", "gw2", "gw3"}) view.nodes[node] = {};
  return view;
}

inline void answer(ClusterView& view, const std::string& node, const std::string& why = "") {
  view.answers[node] = {.mod = view.proposal->revision.mod, .why = why};
}

}   // namespace sluice::test
