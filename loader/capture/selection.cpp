// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/selection.hpp"

#include <algorithm>
#include <initializer_list>

#include "maps/counters.h"

namespace sluice {
namespace {

// An empty list names all.
template <class T>
bool names_one(const std::vector<T>& list, std::initializer_list<T> values) {
  return list.empty() ||
         std::ranges::any_of(values, [&](T value) { return std::ranges::find(list, value) != list.end(); });
}

bool is_dropped(const sl_captured& out) {
  return out.verdict == SL_V_DROPPED || out.verdict == SL_V_ANSWERED;
}

}   // namespace

Result<CaptureSelection> CaptureSelection::of(CaptureWish wish) {
  PacketFilter filter = TRY(PacketFilter::compile(wish.filter));
  return CaptureSelection(std::move(wish), std::move(filter));
}

bool CaptureSelection::takes(const sl_captured& out) const {
  if ((wish_.drops || !wish_.reasons.empty()) && !is_dropped(out)) return false;
  return names_one(wish_.reasons, {out.reason}) && names_one(wish_.rules, {out.policy, out.nat}) &&
         names_one(wish_.zones, {out.zone, out.zone_out}) && names_one(wish_.vrfs, {out.vrf, out.vrf_out});
}

bool CaptureSelection::takes(std::span<const CapturedShape> shapes) const {
  return std::ranges::any_of(shapes, [&](const CapturedShape& shape) {
    return filter_.takes(shape.link, shape.bytes, shape.length);
  });
}

}   // namespace sluice
