// SPDX-License-Identifier: GPL-2.0-or-later
#include "path/finder.hpp"

#include <algorithm>
#include <utility>

#include "path/random_id.hpp"

namespace sluice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTakenPause{450};   // between questions to the way that is used
constexpr milliseconds kSilence{1'800};    // after which it is left
constexpr milliseconds kBurstPause{200};   // between questions that open NATs
constexpr unsigned kBurst = 5, kSureAfter = 2, kSilentAtMost = 3;
constexpr seconds kRound{5};   // between questions to the other ways, and between calls
// A NAT keeps a place that a packet came to too early (PathAnswerer::Reach) for half a minute after the last
// one. So where the first rounds had no success, the next ones are that far apart.
constexpr unsigned kSoonRounds = 4;
constexpr seconds kLaterRound{45};
constexpr milliseconds kAliveFor{6'500};   // a round, and the time for an answer
constexpr seconds kLongestPause{60}, kLongestAfterHeard{2};
constexpr seconds kYield{15};
constexpr std::chrono::hours kNever{24 * 365};
constexpr size_t kMostAsked = 8, kMostMet = 4, kMostWays = 32;

PathKind kind_of(const PathCandidate& candidate) {
  switch (candidate.origin) {
    case PathOrigin::kOwn:
    case PathOrigin::kMapped: return PathKind::kDirect;
    case PathOrigin::kSeen: return PathKind::kHolePunched;
    case PathOrigin::kRelay: break;
  }
  return PathKind::kRelay;
}

}   // namespace

PathFinder::PathFinder(const PathOrder& order, Send send, Time now)
    : behind_(order.behind),
      preferred_(order.preferred),
      send_(std::move(send)),
      taken_(*order.dial),
      taken_since_(now) {
  ways_.push_back({.to = {PathOrigin::kRelay, taken_}, .is_dial = true, .is_known = true, .next = now});
  for (const Endpoint& relay : order.relays)
    if (!way_to(relay)) ways_.push_back({.to = {PathOrigin::kRelay, relay}, .is_known = true, .next = now});
}

PathFinder::Way* PathFinder::way_to(const Endpoint& place) {
  const auto at = std::ranges::find(ways_, place, [](const Way& way) { return way.to.place; });
  return at == ways_.end() ? nullptr : &*at;
}

const PathFinder::Way* PathFinder::taken() const { return const_cast<PathFinder*>(this)->way_to(taken_); }

PathKind PathFinder::kind() const { return is_found_ ? kind_of(taken()->to) : PathKind::kNone; }

std::optional<Endpoint> PathFinder::place() const {
  return is_found_ || was_found_ ? std::optional(taken_) : std::nullopt;
}

bool PathFinder::is_alive(const Way& way, Time now) const {
  return way.heard && now - *way.heard < kAliveFor && way.silent < kSilentAtMost;
}

// Of the one that is taken.
bool PathFinder::is_dead(const Way& way, Time now) const {
  return now - std::max(way.heard.value_or(taken_since_), taken_since_) >= kSilence;
}

void PathFinder::ask(Way& way, Time now) {
  PathMessage message{.id = random_transaction()};
  const bool is_asked_where = way.is_dial || way.to.origin == PathOrigin::kRelay;
  if (is_asked_where && (!way.called || now - *way.called >= call_pause(now) || !is_alive(way, now))) {
    message.is_call = true;
    way.called = now;
  }
  if (is_found_ && way.to.place == taken_) message.used = kind();
  way.asked.push_back(message.id);
  if (way.asked.size() > kMostAsked) way.asked.pop_front();
  if (++way.silent >= kSilentAtMost) way.answered = 0;
  way.next = now + pause_of(way, now);
  send_(way.to.place, message);
}

// What answered before has its place in the NATs still.
PathFinder::Duration PathFinder::call_pause(Time now) const {
  const bool is_missed = std::ranges::any_of(ways_, [&](const Way& way) {
    return way.is_told && way.heard && way.to.origin != PathOrigin::kRelay && !is_alive(way, now);
  });
  return is_missed || rounds_ < kSoonRounds ? kRound : kLaterRound;
}

void PathFinder::renew(Time now) {
  rounds_ = 0;
  for (Way& way : ways_) way.called.reset();
  ways_.front().next = now;
}

// Who never answered has no such gateway, perhaps: it is asked more and more seldom.
PathFinder::Duration PathFinder::pause_of(Way& way, Time now) const {
  if (way.to.place == taken_ && is_found_) return kTakenPause;
  if (way.burst > 0) {
    --way.burst;
    return kBurstPause;
  }
  if (is_alive(way, now) || (way.is_dial ? is_found_ : way.to.origin == PathOrigin::kRelay)) return kRound;
  if (!way.is_dial) return kNever;   // the next answer to a call has it asked again
  const Duration longest = way.heard ? Duration(kLongestAfterHeard) : Duration(kLongestPause);
  return std::min<Duration>(kTakenPause * (1u << std::min(way.silent / 4, 10u)), longest);
}

void PathFinder::hear_answer(const Endpoint& from, const PathMessage& answer, Time now) {
  Way* way = way_to(from);
  if (!way) return;
  const auto asked = std::ranges::find(way->asked, answer.id);
  if (asked == way->asked.end()) return;
  way->asked.erase(way->asked.begin(), asked + 1);
  way->heard = now;
  way->silent = way->burst = 0;
  ++way->answered;
  if (way->is_dial) way->to.origin = answer.through_relay ? PathOrigin::kRelay : PathOrigin::kMapped;
  if (way->answered < kSureAfter && way->to.place != taken_) way->next = now + kBurstPause;
  if (!answer.candidates.empty()) {
    digest_ = answer.digest;
    learn(answer.candidates, now);
  } else if (answer.digest != digest_ && digest_) {
    renew(now);
  }
  choose(now);
}

// The other end spoke first, from a place that nobody knew of: its NAT has given it one for us alone.
void PathFinder::hear_request(const Endpoint& from, Time now) {
  if (way_to(from) || !is_path_place(from)) return;
  const auto met = std::ranges::count_if(ways_, [](const Way& way) { return !way.is_told; });
  if (met < static_cast<ptrdiff_t>(kMostMet)) meet({PathOrigin::kSeen, from}, false, now);
}

void PathFinder::meet(const PathCandidate& candidate, bool is_told, Time now) {
  if (ways_.size() >= kMostWays || contains(behind_, candidate.place.address)) return;
  ways_.push_back({.to = candidate, .is_told = is_told, .next = now, .burst = kBurst});
}

// What is told no more is forgotten, unless it is used.
void PathFinder::learn(const std::vector<PathCandidate>& candidates, Time now) {
  ++rounds_;
  for (Way& way : ways_) way.is_told = way.is_known;
  for (const PathCandidate& candidate : candidates) {
    if (Way* way = way_to(candidate.place)) {
      way->is_told = true;
      if (!way->is_dial) way->to.origin = std::min(way->to.origin, candidate.origin);
      if (!is_alive(*way, now) && way->burst == 0) {
        way->burst = kBurst;
        way->next = now;
      }
    } else {
      meet(candidate, true, now);
    }
  }
  std::erase_if(
      ways_, [&](const Way& way) { return !way.is_told && way.to.place != taken_ && !is_alive(way, now); });
}

void PathFinder::take(const Endpoint& place, Time now) {
  taken_ = place;
  taken_since_ = now;
  way_to(place)->next = now;
}

size_t PathFinder::rank_of(const Way& way) const {
  return static_cast<size_t>(std::ranges::find(preferred_, kind_of(way.to)) - preferred_.begin());
}

bool PathFinder::is_better(const Way& way, const Way& other) const {
  return std::pair(rank_of(way), way.to.origin) < std::pair(rank_of(other), other.to.origin);
}

// A better one is taken when it has answered twice. Where the one that is used has died, others may have with
// it, and the relay is what is left of them: it comes first then.
void PathFinder::choose(Time now) {
  const Way* used = taken();
  const bool died = is_dead(*used, now);
  is_found_ = !died && used->heard.has_value() && (is_found_ || is_alive(*used, now)) && !rests(now);
  const Way* best = nullptr;
  for (const Way& way : ways_) {
    const bool is_allowed = way.is_dial || rank_of(way) < preferred_.size();
    if (&way == used || !is_allowed || !is_alive(way, now)) continue;
    const bool is_sure = died || way.answered >= kSureAfter;
    const bool is_first =
        died ? !best || way.to.origin > best->to.origin : is_better(way, best ? *best : *used);
    if (is_sure && is_first) best = &way;
  }
  if (!best && !died) return;
  const Endpoint next = best ? best->to.place : ways_.front().to.place;
  if (next == taken_ && !best) return;
  take(next, now);
  is_found_ = best != nullptr && !rests(now);
  if (!died) return;
  for (Way& way : ways_) {
    way.next = now;
    if (way.to.place != taken_) way.answered = 0;
  }
}

void PathFinder::yield(Time now) {
  rests_until_ = now + kYield;
  is_found_ = was_found_ = false;
}

void PathFinder::tick(Time now) {
  choose(now);
  was_found_ |= is_found_;
  for (Way& way : ways_)
    if (now >= way.next) ask(way, now);
}

PathFinder::Time PathFinder::next() const {
  Time next = Time::max();
  for (const Way& way : ways_) next = std::min(next, way.next);
  const Way* used = taken();
  return is_found_ ? std::min(next, std::max(used->heard.value_or(taken_since_), taken_since_) + kSilence)
                   : next;
}

}   // namespace sluice
