// SPDX-License-Identifier: GPL-2.0-or-later
// How long a NAT keeps the mapping of a port that nothing leaves by (RFC 5780 section 4.6): one port of ours
// is spoken from and then left alone; after a while the server is asked from a second port to answer at the
// first one's mapping (RESPONSE-PORT). Knows no sockets and no clock.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "reach/stun_exchange.hpp"

namespace sluice {

// What is sent that often keeps a mapping of this lifetime.
constexpr std::chrono::seconds keepalive_for(std::chrono::seconds lifetime) { return lifetime * 5 / 6; }

class LifetimeProbe {
 public:
  using Time = StunExchange::Time;
  using Send = StunExchange::Send;

  LifetimeProbe(Send from_first, Send from_second)
      : from_first_(std::move(from_first)), from_second_(std::move(from_second)) {}

  void start(const Endpoint& server, Time now);
  // What came to the first port; nothing else answers.
  void hear(const StunHeard& heard, Time now);
  void tick(Time now);
  Time next() const;
  bool is_done() const { return step_ == Step::kDone; }
  // A mapping was seen to live so long, and not to live for the next longer time that is tried. None: it
  // cannot be found out (the server sends no answer to other ports), or is not yet.
  std::optional<std::chrono::seconds> result() const;

 private:
  // A mapping is made, used once more (some NATs keep what is used longer), left alone, and tried.
  enum class Step : uint8_t { kMake, kPause, kUse, kWait, kTry, kDone };

  void make(Time now);
  void use(Time now);
  void await(Step step, Time until);
  void try_it(Time now);
  void judge(bool lives, Time now);

  const Send from_first_, from_second_;
  StunExchange exchange_;
  Endpoint server_;
  std::optional<Endpoint> mapped_;
  Step step_ = Step::kDone;
  Time next_ = Time::max();
  std::optional<size_t> at_;      // of the times; none: whether it can be found out at all
  std::optional<size_t> lived_;   // the longest that was lived through
  bool goes_down_ = false;        // shorter times are tried
};

}   // namespace sluice
