// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/pause.hpp"

#include <algorithm>

#include "cluster/decide.hpp"

namespace sluice {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeast{5}, kEach{2}, kMostOfOwn{200};
constexpr int kOthers = 5;   // times as long where it is another node's change

bool is_of_all(std::string_view key) { return !key.contains('/'); }

bool has_objection(const ClusterView& view) {
  return std::ranges::any_of(view.answers, [&](const auto& one) {
    return one.second.mod == view.proposal->revision.mod && !one.second.why.empty();
  });
}

// The last one that was waited for.
bool is_all_there(const ClusterView& view) {
  if (view.proposal) return is_complete(view) || has_objection(view);
  return all_have_head(view);
}

bool concerns(const ClusterView& view, std::string_view own) {
  if (view.proposal) return view.proposal->revision.node == own || view.proposal->waits;
  return view.head && view.head->node == own;
}

}   // namespace

bool awaits_each(const ClusterView& view, std::string_view own) {
  return concerns(view, own) && (view.proposal || !all_have_head(view));
}

milliseconds until_next_look(milliseconds last) { return std::clamp(2 * last, kLookFirst, kLookLast); }

milliseconds pause_for(const ClusterView& view, std::string_view own, std::string_view changed) {
  const bool is_own = concerns(view, own);
  if (is_of_all(changed) || (is_own && is_all_there(view))) return kLeast;
  const auto pause = std::clamp(kEach * static_cast<int>(view.nodes.size()), kLeast, kMostOfOwn);
  return is_own ? pause : std::min<milliseconds>(kOthers * pause, kTogetherMost);
}

}   // namespace sluice
