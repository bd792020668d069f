// SPDX-License-Identifier: GPL-2.0-or-later
// Finds the best way to the other end of a tunnel: asks it, by the way that the document says, where it may
// be; asks there too, after the other end has done the same towards us, so that NATs on both sides open;
// keeps the best way that answers, and leaves it when it is silent. Knows no sockets and no clock.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <vector>

#include "path/check.hpp"

namespace sluice {

class PathFinder {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;
  // The message has no candidates of ours yet, where it is a call.
  using Send = std::function<void(const Endpoint& to, const PathMessage&)>;

  // Of an order that has a `dial`.
  PathFinder(const PathOrder& order, Send send, Time now);

  // An answer of the other end, proven.
  void hear_answer(const Endpoint& from, const PathMessage& answer, Time now);
  // A request of the other end, proven, that came from there itself.
  void hear_request(const Endpoint& from, Time now);
  // The other end calls as well, and it is the one that chooses.
  void yield(Time now);
  // We have other places than before: the other end is told.
  void renew(Time now);
  void tick(Time now);
  Time next() const;

  PathKind kind() const;
  // Where the tunnel is to send. None: nobody has answered yet, or the other end chooses.
  std::optional<Endpoint> place() const;

 private:
  struct Way {
    PathCandidate to;
    bool is_dial = false, is_known = false;   // without anybody telling
    bool is_told = true;                      // by the other end, with its last answer to a call
    Time next;                                // when it is asked
    std::optional<Time> heard = {};           // last
    unsigned silent = 0, answered = 0;        // in a row
    unsigned burst = 0;                       // questions that are left, soon after each other
    std::optional<Time> called = {};
    std::deque<stun::TransactionId> asked = {};
  };

  Way* way_to(const Endpoint& place);
  void ask(Way& way, Time now);
  Duration pause_of(Way& way, Time now) const;
  Duration call_pause(Time now) const;
  void learn(const std::vector<PathCandidate>& candidates, Time now);
  void meet(const PathCandidate& candidate, bool is_told, Time now);
  bool is_alive(const Way& way, Time now) const;
  bool is_dead(const Way& way, Time now) const;
  void choose(Time now);
  void take(const Endpoint& place, Time now);
  const Way* taken() const;
  size_t rank_of(const Way& way) const;
  bool is_better(const Way& way, const Way& other) const;
  bool rests(Time now) const { return now < rests_until_; }

  const std::vector<Prefix> behind_;   // the way there is the tunnel itself
  const PathPreference preferred_;
  const Send send_;
  std::vector<Way> ways_;   // the first is the dial
  Endpoint taken_;          // one of them
  Time taken_since_, rests_until_{};
  unsigned rounds_ = 0;              // in which places were tried since there were other ones
  std::optional<uint32_t> digest_;   // of what the other end told last
  bool is_found_ = false;            // what is taken answers
  bool was_found_ = false;
};

}   // namespace sluice
