// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a NAT gives a port of ours one outside port for all peers (RFC 5780 section 4.3). It is asked from
// a port of its own, because it speaks to addresses that others must stay strangers to. Knows no sockets and
// no clock.
#pragma once

#include "model/reach_order.hpp"
#include "reach/stun_exchange.hpp"

namespace sluice {

class MappingProbe {
 public:
  using Time = StunExchange::Time;

  explicit MappingProbe(StunExchange::Send send) : send_(std::move(send)) {}

  void start(const Endpoint& server, const Endpoint& other, Time now);
  void hear(const StunHeard& heard, Time now);
  void tick(Time now);
  Time next() const { return is_done_ ? Time::max() : exchange_.next(); }
  bool is_done() const { return is_done_; }
  NatBehaviour result() const { return result_; }   // kUnknown: somebody did not answer

 private:
  void ask(Time now);

  const StunExchange::Send send_;
  StunExchange exchange_;
  std::array<Endpoint, 3> asked_;                 // one after the other
  std::array<std::optional<Endpoint>, 3> seen_;   // how they saw us
  size_t at_ = 0;
  bool is_done_ = true;
  NatBehaviour result_ = NatBehaviour::kUnknown;
};

}   // namespace sluice
