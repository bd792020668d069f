// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/pause.hpp"

#include <algorithm>

#include "cluster/decide.hpp"

namespace sluice {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeast{5}, kEach{2}, kMostOfOwn{200};
constexpr int kOthers = 5;   // times as long where it is another node's change

bool is_of_all(std::string_view key) { return !key.starts_with("answers/") && !key.starts_with("nodes/"); }

bool has_objection(const ClusterView& view) {
  return std::ranges::any_of(view.answers, [&](const auto& one) {
    return one.second.mod == view.proposal->revision.mod && !one.second.why.empty();
  });
}

// The last one that was waited for.
bool is_all_there(const ClusterView& view) {
  if (view.proposal) return is_complete(view) || has_objection(view);
  return view.head && std::ranges::all_of(view.nodes, [&](const auto& node) {
           return node.second.id == view.head->id && !node.second.waits;
         });
}

bool concerns(const ClusterView& view, std::string_view own) {
  return view.proposal ? awaits_answers(view, own) : view.head && view.head->node == own;
}

}   // namespace

bool awaits_answers(const ClusterView& view, std::string_view own) {
  return view.proposal && (view.proposal->revision.node == own || view.proposal->waits);
}

milliseconds pause_for(const ClusterView& view, std::string_view own, std::string_view changed) {
  const bool is_own = concerns(view, own);
  if (is_of_all(changed) || (is_own && is_all_there(view))) return kLeast;
  const auto pause = std::clamp(kEach * static_cast<int>(view.nodes.size()), kLeast, kMostOfOwn);
  return is_own ? pause : std::min<milliseconds>(kOthers * pause, kTogetherMost);
}

}   // namespace sluice
