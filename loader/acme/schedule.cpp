// SPDX-License-Identifier: GPL-2.0-or-later
#include "acme/schedule.hpp"

#include <algorithm>

#include "base/fnv.hpp"

namespace sluice {
namespace {

constexpr std::chrono::seconds kFirstPause{10}, kLongestPause{6 * 3600};
constexpr unsigned kLonger = 5, kParts = 1000;

// 0 to kParts - 1, always the same one.
unsigned part_by(std::string_view name) {
  return static_cast<unsigned>(fnv(kFnvStart, name.data(), name.size()) % kParts);
}

}   // namespace

WallTime renewal_of(WallTime begins, WallTime ends, std::string_view fingerprint) {
  const auto life = ends - begins;
  return begins + 2 * life / 3 + life / 30 / kParts * part_by(fingerprint);
}

std::chrono::seconds pause_after(unsigned failures, std::string_view name) {
  auto pause = kFirstPause;
  for (unsigned i = 1; i < failures && pause < kLongestPause; ++i) pause *= kLonger;
  pause = std::min(pause, kLongestPause);
  return pause + pause * part_by(name) / (5 * kParts);
}

WallTime order_allowed_at(const std::vector<WallTime>& orders, WallTime now) {
  if (orders.size() < kMostOrdersAnHour) return now;
  return std::max(now, orders[orders.size() - kMostOrdersAnHour] + std::chrono::hours(1));
}

}   // namespace sluice
