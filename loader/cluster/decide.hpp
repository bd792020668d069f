// SPDX-License-Identifier: GPL-2.0-or-later
// What a node of a cluster is to do next. Pure: the same view and state always lead to the same step, so a
// node that was away, or began anew, goes on wherever the others are.
#pragma once

#include <cstdint>
#include <string>

#include "cluster/view.hpp"

namespace sluice {

struct OwnPart {
  std::string node;
  std::string id;           // of the document in force here
  bool is_empty = false;    // that says nothing of this gateway
  bool waits = false;       // it is taken back unless it is confirmed
  bool proposes = false;    // it is on its way to etcd
  bool confirmed = false;   // an operator gave his word for it here
  bool joins = false;       // just came with a document of its own, which no other is to replace
  int64_t tried = 0;        // the proposal that was tried or made here last, by its `mod`; 0: not seen yet
  std::string refused;      // a head that cannot be had here, by its id
};

enum class ClusterStep : uint8_t {
  kNothing,
  kBeFirst,        // the cluster has no document: this one becomes it
  kTakeHead,       // what the others have
  kTakeProposal,   // is tried here
  kAnswer,         // what came of it; `why` empty: it is in force
  kConfirm,        // all have it: it stays
  kGoBack,         // it came to nothing: what was in force before is again
  kSettle,         // a proposal that all have becomes the head
  kWithdraw,       // one that somebody cannot have, for `why`
};

struct ClusterDecision {
  ClusterStep step = ClusterStep::kNothing;
  std::string why = {};
  bool operator==(const ClusterDecision&) const = default;
};

ClusterDecision decide(const ClusterView& view, const OwnPart& own);

// Whether each node that is there has the proposal in force; the one that made it has.
bool is_complete(const ClusterView& view);

}   // namespace sluice
