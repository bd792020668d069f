// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/cover_sketch.hpp"

#include <algorithm>

namespace sluice::config {

PortReach::PortReach(const Policy& policy) {
  if (policy.ports.empty()) return;
  first = std::ranges::min_element(policy.ports, {}, &PortRange::first)->first;
  last = std::ranges::max_element(policy.ports, {}, &PortRange::last)->last;
}

CoverSketch::Side::Side(const AddressMatch& match) {
  if (match.any()) return;
  kind = match.sets.empty() && match.prefixes.size() == 1 ? Kind::kOnePrefix : Kind::kMore;
  if (kind == Kind::kOnePrefix) first = match.prefixes.front();
}

CoverSketch::CoverSketch(const Policy& policy) : source_(policy.source), destination_(policy.destination) {
  for (const uint8_t protocol : policy.protocols) protocols_ |= uint64_t{1} << protocol % 64;
}

bool CoverSketch::side_may_cover(const Side& wide, const Side& narrow) {
  using Kind = Side::Kind;
  if (wide.kind == Kind::kAny) return true;
  if (narrow.kind == Kind::kAny) return false;
  return wide.kind == Kind::kMore || narrow.kind == Kind::kMore || wide.first.contains(narrow.first);
}

bool CoverSketch::may_cover(const CoverSketch& wide, const CoverSketch& narrow) {
  if (wide.protocols_ && (!narrow.protocols_ || narrow.protocols_ & ~wide.protocols_)) return false;
  return side_may_cover(wide.source_, narrow.source_) &&
         side_may_cover(wide.destination_, narrow.destination_);
}

}   // namespace sluice::config
