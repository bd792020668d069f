// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/look_pace.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr std::chrono::milliseconds kSettle{20};   // netlink messages come in bursts
// The next edit of a row comes sooner: a program starts in between. With the look itself it is less than a
// second from the first news to its end.
constexpr std::chrono::milliseconds kEditsFollow{150}, kPutOffAtMost{700};

}   // namespace

void add(Change& all, const Change& more) {
  for (bool Change::*what : {&Change::links, &Change::addresses, &Change::next_hops, &Change::neighbours,
                             &Change::forwarding, &Change::ways_out})
    all.*what |= more.*what;
}

void LookPace::Heard::add(const Change& more, Time now) {
  if (!more.any()) return;
  if (!change.any()) since = now;
  sluice::add(change, more);
}

void LookPace::hear(const Change& change, Time now) {
  Change devices = change;
  soon_.add({.next_hops = std::exchange(devices.next_hops, false),
             .neighbours = std::exchange(devices.neighbours, false)},
            now);
  devices_.add(devices, now);
}

void LookPace::hear_others(const Change& change, Time now) { soon_.add(change, now); }

LookPace::Time LookPace::due_of_devices(Time edited) const {
  if (!devices_.change.any()) return Time::max();
  const Time soon = devices_.since + kSettle, last = devices_.since + kPutOffAtMost;
  return std::max(soon, std::min(edited + kEditsFollow, last));
}

LookPace::Time LookPace::due(Time edited) const {
  const Time soon = soon_.change.any() ? soon_.since + kSettle : Time::max();
  return std::min(soon, due_of_devices(edited));
}

Change LookPace::take(Time now, Time edited) {
  Change taken = std::exchange(soon_.change, {});
  if (now >= due_of_devices(edited)) add(taken, std::exchange(devices_.change, {}));
  return taken;
}

}   // namespace sluice
