// SPDX-License-Identifier: GPL-2.0-or-later
// The end of a tunnel that is called: tells where it may be, and asks at the caller's places, so that its own
// NAT lets the caller's questions in. Knows no sockets and no clock.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "path/check.hpp"

namespace sluice {

class PathAnswerer {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // How far: `kNear` is as far as our own NAT and no farther. A NAT that has a packet for nobody reach itself
  // may give the port that it came to, for that peer, to nobody any more; Linux does, unless rules drop it.
  // So ours is opened before the caller's packets come, and theirs is left alone until it is open.
  enum class Reach : uint8_t { kNear, kFar };
  using Send = std::function<void(const Endpoint& to, const PathMessage&, Reach)>;

  PathAnswerer(std::vector<Prefix> behind, Send send) : behind_(std::move(behind)), send_(std::move(send)) {}

  // A request of the caller, proven. The answer, without candidates of ours.
  PathMessage answer(const Endpoint& from, const PathMessage& request, bool through_relay, Time now);
  void tick(Time now);
  Time next() const;

  // What the caller uses; none: it has not said so for a while.
  std::optional<PathKind> used() const { return told_ ? std::optional(used_) : std::nullopt; }

 private:
  void begin(const std::vector<PathCandidate>& candidates, Time now);

  const std::vector<Prefix> behind_;
  const Send send_;
  std::vector<Endpoint> theirs_;
  unsigned left_ = 0;   // questions to each of them
  Time next_{};
  std::optional<Time> begun_, told_;
  PathKind used_ = PathKind::kNone;
};

}   // namespace sluice
