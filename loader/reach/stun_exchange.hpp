// SPDX-License-Identifier: GPL-2.0-or-later
// One question to a STUN server, asked again until it is answered or time is over (RFC 8489 section 6.2.1).
// Knows no sockets and no clock.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "model/address.hpp"
#include "stun/message.hpp"

namespace sluice {

// From whom an answer came.
struct StunHeard {
  Endpoint from;
  stun::BindingAnswer answer;
};

class StunExchange {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Send = std::function<void(const Endpoint& to, const stun::Bytes& message)>;

  // `id` of the request is chosen here.
  void start(stun::BindingRequest request, const Endpoint& to, const Endpoint& answers_from, Time now,
             const Send& send);
  bool is_answer(const StunHeard& heard) const;
  // Asks again where it is time for that. False: nobody has answered.
  bool tick(Time now, const Send& send);
  Time next() const { return next_; }

 private:
  stun::BindingRequest request_;
  Endpoint to_, from_;
  int tries_ = 0;
  Time next_ = Time::max();
};

}   // namespace sluice
