// SPDX-License-Identifier: GPL-2.0-or-later
#include "path/answerer.hpp"

#include <algorithm>

#include "path/random_id.hpp"

namespace sluice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kPunchPause{200};
// The first are near. The others wait until the caller has had our answer, also one that is slow, and knocks.
constexpr unsigned kNearPunches = 6, kPunches = 11;
constexpr seconds kAtMost{1};   // bursts of a caller that calls faster are these apart
constexpr milliseconds kSaidFor{3'000};

}   // namespace

PathMessage PathAnswerer::answer(const Endpoint& from, const PathMessage& request, bool through_relay,
                                 Time now) {
  if (request.is_call) begin(request.candidates, now);
  if (request.used) {
    used_ = *request.used;
    told_ = now;
  }
  return {.is_answer = true, .id = request.id, .through_relay = through_relay, .mapped = from};
}

void PathAnswerer::begin(const std::vector<PathCandidate>& candidates, Time now) {
  if (begun_ && now - *begun_ < kAtMost) return;
  begun_ = now;
  theirs_.clear();
  for (const PathCandidate& one : candidates) {
    if (one.origin != PathOrigin::kRelay && !contains(behind_, one.place.address))
      theirs_.push_back(one.place);
  }
  left_ = kPunches;
  next_ = now;
}

void PathAnswerer::tick(Time now) {
  if (told_ && now - *told_ >= kSaidFor) told_.reset();
  if (left_ == 0 || now < next_) return;
  const Reach reach = kPunches - left_ < kNearPunches ? Reach::kNear : Reach::kFar;
  --left_;
  next_ = now + kPunchPause;
  for (const Endpoint& place : theirs_) send_(place, {.id = random_transaction()}, reach);
}

PathAnswerer::Time PathAnswerer::next() const {
  const Time over = told_ ? *told_ + kSaidFor : Time::max();
  return left_ ? std::min(next_, over) : over;
}

}   // namespace sluice
