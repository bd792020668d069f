// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/port_seer.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

// Where nobody answers nothing is kept open: it is known soon that the way is free again.
constexpr std::chrono::seconds kSilentRound{10};

// The server sends to the address that it saw and another port of it alone (RFC 5780 section 7.5).
bool leads_elsewhere(const std::optional<Endpoint>& router, const Endpoint& seen) {
  if (!router || router->port == seen.port) return false;
  return router->address == seen.address || router->address.is_unspecified();
}

}   // namespace

void PortSeer::use(const std::vector<KnownServer>& servers, Time now) {
  if (servers == servers_) return;
  servers_ = servers;
  server_ = failed_ = 0;
  other_.reset();
  news_ = {};
  step_ = Step::kIdle;
  if (!servers_.empty()) see(now);
}

// What was found out before says nothing of the new place.
void PortSeer::note_router(const std::optional<Endpoint>& outside, Time now) {
  if (std::exchange(router_, outside) != outside && step_ != Step::kIdle) see(now);
}

void PortSeer::test(Time now) {
  if (step_ == Step::kResting) see(now);
}

void PortSeer::see(Time now) { ask(Step::kSee, {}, server(), now); }

void PortSeer::ask(Step step, const stun::BindingRequest& request, const Endpoint& answers_from, Time now) {
  step_ = step;
  exchange_.start(request, server(), answers_from, now, send_);
}

// A server that is besides at an address of one that is asked has spoken with us.
bool PortSeer::has_stranger() const {
  if (!other_ || other_->address == server().address || other_->port == server().port) return false;
  return std::ranges::none_of(servers_,
                              [&](const KnownServer& one) { return one.at.address == other_->address; });
}

Endpoint PortSeer::where_router_leads() const { return {news_.mapped->address, router_->port}; }

void PortSeer::probe(Step step, Time now) {
  if (step == Step::kStrangerToRouter && !leads_elsewhere(router_, *news_.mapped)) step = Step::kStranger;
  if (step == Step::kStrangerToRouter)
    ask(step, {.change_address = true, .change_port = true, .answer_port = router_->port}, *other_, now);
  else if (step == Step::kStranger)
    ask(step, {.change_address = true, .change_port = true}, *other_, now);
  else
    ask(step, {.change_port = true}, {server().address, other_->port}, now);
}

void PortSeer::learn(const stun::BindingAnswer& answer, Time now) {
  failed_ = 0;
  if (news_.mapped != answer.mapped) {
    news_.open.reset();
    news_.filtering = NatBehaviour::kUnknown;
  }
  news_.server = servers_[server_].name;
  news_.mapped = answer.mapped;
  other_ = answer.other;
  if (has_stranger()) return probe(Step::kStrangerToRouter, now);
  news_.open.reset();
  rest(now, round_);
}

void PortSeer::hear(const StunHeard& heard, Time now) {
  if (!is_asking() || !exchange_.is_answer(heard)) return;
  if (heard.answer.refused) return fail(now);
  switch (step_) {
    case Step::kSee: return learn(heard.answer, now);
    case Step::kStrangerToRouter: news_.open = where_router_leads(); return probe(Step::kStranger, now);
    case Step::kStranger:
      if (!leads_elsewhere(router_, *news_.mapped) || !news_.open) news_.open = news_.mapped;
      news_.filtering = NatBehaviour::kEndpointIndependent;
      return rest(now, round_);
    case Step::kOtherPort: news_.filtering = NatBehaviour::kAddressDependent; return rest(now, round_);
    case Step::kIdle:
    case Step::kResting: return;
  }
}

// Nobody answered, or the server does not do this.
void PortSeer::fail(Time now) {
  switch (step_) {
    case Step::kSee:
      server_ = (server_ + 1) % servers_.size();
      if (++failed_ < servers_.size()) return see(now);
      failed_ = 0;
      news_ = {.server = "", .mapped = {}, .open = {}, .mapping = news_.mapping};
      return rest(now, kSilentRound);
    case Step::kStrangerToRouter: news_.open.reset(); return probe(Step::kStranger, now);
    case Step::kStranger:
      if (news_.open == news_.mapped) news_.open.reset();
      return probe(Step::kOtherPort, now);
    case Step::kOtherPort: news_.filtering = NatBehaviour::kAddressAndPortDependent; return rest(now, round_);
    case Step::kIdle:
    case Step::kResting: return;
  }
}

void PortSeer::rest(Time now, std::chrono::seconds pause) {
  step_ = Step::kResting;
  rested_ = now + pause;
}

void PortSeer::tick(Time now) {
  if (step_ == Step::kIdle) return;
  if (step_ == Step::kResting) {
    if (now >= rested_) see(now);
  } else if (!exchange_.tick(now, send_)) {
    fail(now);
  }
}

PortSeer::Time PortSeer::next() const {
  if (step_ == Step::kIdle) return Time::max();
  return step_ == Step::kResting ? rested_ : exchange_.next();
}

}   // namespace sluice
