// SPDX-License-Identifier: GPL-2.0-or-later
// Which of many ranges overlap: one sweep over the sorted ranges instead of comparing each with each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <vector>

namespace sluice::config {

// From first to last, both included, on one of several axes.
template <class Axis, class Point>
struct Span {
  Axis axis;
  Point first, last;
  size_t owner;
};

struct Overlap {
  size_t earlier, later;   // owners; earlier <= later, equal when one owner overlaps itself
  auto operator<=>(const Overlap&) const = default;
};

// At least one overlap of each span that has any; not all pairs, which could be the square of them.
template <class Axis, class Point>
std::vector<Overlap> find_overlaps(std::vector<Span<Axis, Point>> spans) {
  std::sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) {
    return std::tie(a.axis, a.first, a.owner) < std::tie(b.axis, b.first, b.owner);
  });
  std::vector<Overlap> overlaps;
  const Span<Axis, Point>* widest = nullptr;   // of those before, the one that reaches furthest
  for (const auto& span : spans) {
    const bool same_axis = widest && widest->axis == span.axis;
    if (same_axis && span.first <= widest->last)
      overlaps.push_back({std::min(widest->owner, span.owner), std::max(widest->owner, span.owner)});
    if (!same_axis || widest->last < span.last) widest = &span;
  }
  return overlaps;
}

}   // namespace sluice::config
