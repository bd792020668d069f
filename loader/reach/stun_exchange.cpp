// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/stun_exchange.hpp"

#include <sys/random.h>

namespace sluice {
namespace {

constexpr std::chrono::milliseconds kStunAgain{500};   // then twice as long each time
constexpr int kMostStunTries = 3;

}   // namespace

void StunExchange::start(stun::BindingRequest request, const Endpoint& to, const Endpoint& answers_from,
                         Time now, const Send& send) {
  request_ = request;
  to_ = to;
  from_ = answers_from;
  tries_ = 0;
  next_ = now;
  // Never short for so few bytes (getrandom(2)).
  (void)!::getrandom(request_.id.data(), request_.id.size(), 0);
  tick(now, send);
}

bool StunExchange::is_answer(const StunHeard& heard) const {
  return heard.from == from_ && heard.answer.id == request_.id;
}

bool StunExchange::tick(Time now, const Send& send) {
  if (now < next_) return true;
  if (tries_ == kMostStunTries) return false;
  send(to_, stun::write_request(request_));
  next_ = now + kStunAgain * (1 << tries_);
  ++tries_;
  return true;
}

}   // namespace sluice
