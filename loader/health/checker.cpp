// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// What is due within it begins together: fewer turns of the loop.
constexpr milliseconds kTick{2}, kTogether{10};
constexpr std::chrono::seconds kReport{1};
constexpr int kReportsOfTrust = 60;   // a file of certificates may be another one after so many
constexpr double kJitter = 0.1;

std::string text_of_timeout(milliseconds time) {
  return time.count() % 1000 ? fmt::format("no answer in {}ms", time.count())
                             : fmt::format("no answer in {}s", time.count() / 1000);
}

}   // namespace

microseconds pause_before_next(const HealthCheck& check, bool in_doubt, double jitter) {
  const milliseconds sooner = std::max(check.timeout, check.interval - check.timeout);
  const microseconds pause = in_doubt ? sooner : check.interval;
  return pause - microseconds(static_cast<int64_t>(static_cast<double>(pause.count()) * kJitter * jitter));
}

Checker::Checker(boost::asio::io_context& io, size_t most, std::function<void(HealthNews)> tell)
    : io_(io),
      most_(most),
      tell_(std::move(tell)),
      timer_(io),
      telling_(io),
      report_(io),
      chance_(std::random_device{}()) {
  await_report();
}

void Checker::want(std::vector<HealthTarget> targets) {
  trust_.forget();
  news_ = {};   // of targets that may be asked otherwise now; of the others it is told again
  std::unordered_map<std::string, std::unique_ptr<Watched>> before;
  before.swap(watched_);
  asking_.clear();
  for (HealthTarget& target : targets) {
    const auto at = before.find(target.name);
    if (at == before.end()) {
      watch(std::move(target));
      continue;
    }
    if (at->second->target->asks_as(target)) {
      tell_what_is_known(*at->second, target.state);
      at->second->turn = asking_[{target.address, target.port}]++;
      watched_.emplace(target.name, std::move(at->second));
    } else {
      forget(*at->second);
      watch(std::move(target));
    }
    before.erase(at);
  }
  for (const auto& [name, gone] : before) forget(*gone);
  await();
}

void Checker::heed(const HealthSigns& signs) {
  for (const std::string& name : signs.in_trouble)
    if (const auto at = watched_.find(name); at != watched_.end()) ask_soon(*at->second);
  for (const auto& [name, latency] : signs.latencies)
    if (const auto at = watched_.find(name); at != watched_.end()) at->second->latency.note(latency);
  await();
}

// One that is down is known to be in trouble.
void Checker::ask_soon(Watched& watched) {
  const HealthCheck& check = watched.target->check;
  const auto when = std::max(Clock::now(), watched.begun + microseconds(check.interval) / check.fall);
  if (watched.check || watched.judge.state() == Health::kDown || watched.place->first <= when) return;
  due_.erase(watched.place);
  watched.place = due_.emplace(when, &watched);
}

// What was found out while the list was on its way is not heard any more: it was about the list before.
void Checker::tell_what_is_known(const Watched& watched, Health told) {
  const Health known = watched.judge.state();
  if (known == told || known == Health::kUnknown) return;
  news_.changes.push_back({watched.target->name, known, watched.reason, watched.latency.mean()});
  tell_soon();
}

// The first check comes anywhere within the interval.
void Checker::watch(HealthTarget target) {
  const HealthCheck& check = target.check;
  const auto first =
      microseconds(check.interval) * std::uniform_int_distribution<int>(0, 1000)(chance_) / 1000;
  auto watched = std::make_unique<Watched>(Watched{.target = nullptr,
                                                   .judge = {check.rise, check.fall, target.state},
                                                   .latency = {},
                                                   .reason = {},
                                                   .begun = {},
                                                   .check = nullptr,
                                                   .place = {}});
  watched->place = due_.emplace(Clock::now() + first, watched.get());
  std::string name = target.name;
  watched->turn = asking_[{target.address, target.port}]++;
  watched->target = std::make_shared<CheckQuestion>(CheckQuestion{std::move(target), 0});
  watched_[std::move(name)] = std::move(watched);
}

void Checker::forget(Watched& watched) {
  if (!watched.check) {
    due_.erase(watched.place);
    return;
  }
  watched.check->cancel();
  deadlines_.erase(watched.place);
}

void Checker::await() {
  auto next = Clock::time_point::max();
  if (!due_.empty() && deadlines_.size() < most_) next = due_.begin()->first;
  if (!deadlines_.empty()) next = std::min(next, deadlines_.begin()->first);
  if (next == Clock::time_point::max()) return;
  next = std::max(next, Clock::now() + kTick);
  if (awaited_ <= next) return;
  awaited_ = next;
  timer_.expires_at(next);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look();
  });
}

void Checker::look() {
  awaited_ = Clock::time_point::max();
  const auto now = Clock::now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Watched& late = *deadlines_.begin()->second;
    late.check->cancel();
    note(late, {false, text_of_timeout(late.target->check.timeout)}, now);
  }
  while (!due_.empty() && due_.begin()->first <= now && deadlines_.size() < most_)
    begin(*due_.begin()->second, now);
  await();
}

// An answer to an earlier datagram must not be taken for one to this.
uint16_t Checker::port_for(Watched& watched) const {
  const bool is_udp = watched.target->check.type == CheckType::kUdp;
  return ports_.at(is_udp ? watched.turn++ % SourcePorts::kPorts : watched.turn);
}

void Checker::begin(Watched& watched, Clock::time_point now) {
  watched.target->source_port = port_for(watched);
  due_.erase(watched.place);
  watched.begun = now;
  watched.place = deadlines_.emplace(now + watched.target->check.timeout, &watched);
  watched.check = make_check(io_, trust_, watched.target, [this, at = &watched](CheckOutcome outcome) {
    note(*at, std::move(outcome), Clock::now());
    await();
  });
  watched.begun = Clock::now();
  watched.check->start();
}

void Checker::note(Watched& watched, CheckOutcome outcome, Clock::time_point now) {
  deadlines_.erase(watched.place);
  watched.check = nullptr;
  const bool changed = watched.judge.note(outcome.good);
  const auto time = std::chrono::duration_cast<microseconds>(now - watched.begun);
  if (outcome.good) watched.latency.note(time);
  const bool other_reason = watched.judge.state() == Health::kDown && outcome.reason != watched.reason;
  watched.reason = std::move(outcome.reason);
  const double jitter = std::uniform_real_distribution<>(0, 1)(chance_);
  const auto next =
      watched.begun + pause_before_next(watched.target->check, watched.judge.is_in_doubt(), jitter);
  watched.place = due_.emplace(std::max(next, now), &watched);
  if (!changed && !other_reason) return;
  news_.changes.push_back(
      {watched.target->name, watched.judge.state(), watched.reason, watched.latency.mean()});
  tell_soon();
}

void Checker::tell_soon() {
  if (news_.changes.size() > 1) return;   // the first one has set the timer
  telling_.expires_after(kTogether);
  telling_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tell_(std::exchange(news_, {}));
  });
}

void Checker::await_report() {
  report_.expires_after(kReport);
  report_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    if (++reports_ % kReportsOfTrust == 0) trust_.forget();
    HealthNews report;
    for (const auto& [name, watched] : watched_)
      if (watched->latency.has_moved()) report.latencies.emplace_back(name, *watched->latency.mean());
    if (!report.empty()) tell_(std::move(report));
    await_report();
  });
}

}   // namespace sluice
