// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/decide.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace sluice {
namespace {

const NodeAnswer* answer_of_node(const ClusterView& view, std::string_view node) {
  const auto at = view.answers.find(node);
  if (at == view.answers.end() || at->second.mod != view.proposal->revision.mod) return nullptr;
  return &at->second;
}

// Who cannot have it, and why; empty: nobody said so.
std::string objection(const ClusterView& view) {
  for (const auto& [node, answer] : view.answers)
    if (answer.mod == view.proposal->revision.mod && !answer.why.empty())
      return fmt::format("{}: {}", node, answer.why);
  return {};
}

// ", and gw2, gw3 had not answered": who of those that are there.
std::string silent_nodes(const ClusterView& view) {
  std::vector<std::string> silent;
  for (const auto& [node, news] : view.nodes)
    if (node != view.proposal->revision.node && !answer_of_node(view, node)) silent.push_back(node);
  return silent.empty() ? "" : fmt::format(", and {} had not answered", join(silent, ", "));
}

// What waits here is the cluster's, or was until others came after it. To go back from that would undo for a
// moment what was acknowledged.
bool is_settled(const ClusterView& view, const OwnPart& own) {
  if (!own.waits || own.proposes || !view.head) return false;
  return own.id == view.head->id || (own.tried && std::ranges::count(view.head->settled, own.tried));
}

// Not in force here any more, or not yet.
ClusterDecision without_proposal(const ClusterView& view, const OwnPart& own) {
  const SharedRevision& revision = view.proposal->revision;
  if (own.proposes) return {};
  if (revision.node == own.node)
    return {ClusterStep::kWithdraw, "it was taken back at " + own.node + silent_nodes(view)};
  if (own.tried == revision.mod) {
    const NodeAnswer* said = answer_of_node(view, own.node);
    return said && said->why.empty() ? ClusterDecision{ClusterStep::kAnswer, "it was taken back here"}
                                     : ClusterDecision{};
  }
  return {own.waits ? ClusterStep::kGoBack : ClusterStep::kTakeProposal};
}

ClusterDecision with_proposal(const ClusterView& view, const OwnPart& own) {
  const bool is_mine = view.proposal->revision.node == own.node;
  if (!is_mine && !answer_of_node(view, own.node)) return {ClusterStep::kAnswer};
  if (const std::string why = objection(view); !why.empty())
    return is_mine ? ClusterDecision{ClusterStep::kWithdraw, why} : ClusterDecision{};
  const bool may_settle = own.confirmed || (is_mine && !view.proposal->waits);
  return {may_settle && is_complete(view) ? ClusterStep::kSettle : ClusterStep::kNothing};
}

bool is_turned_away(const ClusterView& view, const OwnPart& own) {
  return own.joins && view.head && own.id != view.head->id;
}

// The first document is one that says something.
ClusterStep without_head(const OwnPart& own) {
  if (own.is_empty) return ClusterStep::kNothing;
  if (own.waits) return own.joins ? ClusterStep::kConfirm : ClusterStep::kNothing;
  return ClusterStep::kBeFirst;
}

}   // namespace

bool is_complete(const ClusterView& view) {
  return view.proposal && std::ranges::all_of(view.nodes, [&](const auto& node) {
           if (node.first == view.proposal->revision.node) return true;
           const NodeAnswer* said = answer_of_node(view, node.first);
           return said && said->why.empty();
         });
}

ClusterDecision decide(const ClusterView& view, const OwnPart& own) {
  if (view.proposal && own.id == view.proposal->revision.id) return with_proposal(view, own);
  if (is_turned_away(view, own)) return {ClusterStep::kGoBack};
  if (is_settled(view, own)) return {ClusterStep::kConfirm};
  if (view.proposal) return without_proposal(view, own);
  if (own.proposes) return {};
  if (!view.head) return {without_head(own)};
  if (own.id == view.head->id) return {};
  if (own.waits) return {ClusterStep::kGoBack};
  return {own.refused == view.head->id ? ClusterStep::kNothing : ClusterStep::kTakeHead};
}

}   // namespace sluice
