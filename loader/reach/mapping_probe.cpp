// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/mapping_probe.hpp"

namespace sluice {

void MappingProbe::start(const Endpoint& server, const Endpoint& other, Time now) {
  asked_ = {server, {other.address, server.port}, other};
  seen_ = {};
  at_ = 0;
  is_done_ = false;
  result_ = NatBehaviour::kUnknown;
  ask(now);
}

void MappingProbe::ask(Time now) { exchange_.start({}, asked_[at_], asked_[at_], now, send_); }

void MappingProbe::hear(const StunHeard& heard, Time now) {
  if (is_done_ || !exchange_.is_answer(heard) || heard.answer.refused) return;
  seen_[at_] = heard.answer.mapped;
  const bool is_same = at_ == 1 && seen_[1] == seen_[0];
  if (is_same) result_ = NatBehaviour::kEndpointIndependent;
  if (at_ == 2)
    result_ = seen_[2] == seen_[1] ? NatBehaviour::kAddressDependent : NatBehaviour::kAddressAndPortDependent;
  is_done_ = is_same || at_ == 2;
  if (is_done_) return;
  ++at_;
  ask(now);
}

void MappingProbe::tick(Time now) {
  if (!is_done_ && !exchange_.tick(now, send_)) is_done_ = true;
}

}   // namespace sluice
