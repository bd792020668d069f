// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/lifetime_probe.hpp"

#include <array>

namespace sluice {
namespace {

using std::chrono::seconds;

// Half a minute is what most NATs of homes keep at least, so it is tried first.
constexpr std::array kTimes = {seconds(6),  seconds(12),  seconds(18), seconds(30),
                               seconds(60), seconds(120), seconds(180)};
constexpr size_t kFirstTime = 3;
// Linux takes a UDP flow for a conversation when an answer comes after two seconds.
constexpr seconds kPauseBeforeUse{3};

}   // namespace

void LifetimeProbe::start(const Endpoint& server, Time now) {
  server_ = server;
  at_.reset();
  lived_.reset();
  goes_down_ = false;
  make(now);
}

void LifetimeProbe::make(Time now) {
  step_ = Step::kMake;
  exchange_.start({}, server_, server_, now, from_first_);
}

void LifetimeProbe::use(Time now) {
  step_ = Step::kUse;
  exchange_.start({}, server_, server_, now, from_first_);
}

void LifetimeProbe::await(Step step, Time until) {
  step_ = step;
  next_ = until;
}

void LifetimeProbe::try_it(Time now) {
  step_ = Step::kTry;
  exchange_.start({.answer_port = mapped_->port}, server_, server_, now, from_second_);
}

void LifetimeProbe::judge(bool lives, Time now) {
  step_ = Step::kDone;
  if (!at_) {
    if (!lives) return;
    at_ = kFirstTime;
    return make(now);
  }
  if (lives) lived_ = *at_;
  if (lives && (goes_down_ || *at_ + 1 == kTimes.size())) return;
  if (!lives && (lived_ || *at_ == 0)) return;
  goes_down_ = !lives;
  at_ = lives ? *at_ + 1 : *at_ - 1;
  make(now);
}

void LifetimeProbe::hear(const StunHeard& heard, Time now) {
  if (is_done() || !exchange_.is_answer(heard)) return;
  if (step_ == Step::kTry) return judge(!heard.answer.refused, now);
  if (heard.answer.refused || !heard.answer.mapped) {
    step_ = Step::kDone;
    return;
  }
  if (step_ == Step::kMake) return await(Step::kPause, now + kPauseBeforeUse);
  if (step_ != Step::kUse) return;
  mapped_ = heard.answer.mapped;
  await(Step::kWait, at_ ? now + kTimes[*at_] : now);
}

void LifetimeProbe::tick(Time now) {
  switch (step_) {
    case Step::kDone: return;
    case Step::kPause:
      if (now >= next_) use(now);
      return;
    case Step::kWait:
      if (now >= next_) try_it(now);
      return;
    case Step::kTry:
      if (!exchange_.tick(now, from_second_)) judge(false, now);
      return;
    case Step::kMake:
    case Step::kUse:
      if (!exchange_.tick(now, from_first_))
        step_ = Step::kDone;   // the server is away: what is known stands
      return;
  }
}

LifetimeProbe::Time LifetimeProbe::next() const {
  if (is_done()) return Time::max();
  return step_ == Step::kPause || step_ == Step::kWait ? next_ : exchange_.next();
}

std::optional<seconds> LifetimeProbe::result() const {
  return is_done() && lived_ ? std::optional(kTimes[*lived_]) : std::nullopt;
}

}   // namespace sluice
