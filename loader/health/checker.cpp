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
constexpr milliseconds kTick{5}, kTogether{10};
constexpr std::chrono::seconds kReport{1};
constexpr int kReportsOfTrust = 60;   // the machine's certificates are read again after so many
constexpr double kJitter = 0.05;
// After so many questions one listens: whoever has answered does not wait for the rest of them.
constexpr size_t kBetweenAnswers = 8;

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

microseconds first_pause(milliseconds timeout) {
  return std::min<microseconds>(std::chrono::seconds(1), timeout / 2);
}

Checker::Checker(boost::asio::io_context& io, size_t most, std::function<void(HealthNews)> tell)
    : io_(io),
      most_(most),
      tell_(std::move(tell)),
      half_open_(io, ports_),
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
  half_open_.forget_old();
  say_how_tcp_is_asked();
  await();
}

// Where it is not as it is meant to be.
void Checker::say_how_tcp_is_asked() {
  const bool matters = std::ranges::any_of(
      watched_, [](const auto& row) { return row.second->target->check.type == CheckType::kTcp; });
  if (!matters || half_open_.trouble().empty() || std::exchange(has_remarked_, true)) return;
  remark_ = "backends are asked by whole connections of TCP, not by a SYN alone: a raw socket: " +
            half_open_.trouble();
  tell_soon();
}

void Checker::heed(const HealthSigns& signs) {
  for (const std::string& name : signs.in_trouble)
    if (const auto at = watched_.find(name); at != watched_.end()) ask_soon(*at->second);
  for (const auto& [name, latency] : signs.latencies)
    if (const auto at = watched_.find(name); at != watched_.end()) note_latency(*at->second, latency);
  await();
}

// One that is down is known to be in trouble.
void Checker::ask_soon(Watched& watched) {
  const HealthCheck& check = watched.target->check;
  const auto when = std::max(Clock::now(), watched.begun + microseconds(check.interval) / check.fall);
  if (watched.check || watched.judge.state() == Health::kDown || watched.place->first <= when) return;
  move(watched, due_, due_, when);
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
                                                   .has_moved = false,
                                                   .reason = {},
                                                   .begun = {},
                                                   .deadline = {},
                                                   .until_again = {},
                                                   .check = nullptr,
                                                   .place = {}});
  watched->place = due_.emplace(Clock::now() + first, watched.get());
  std::string name = target.name;
  watched->turn = asking_[{target.address, target.port}]++;
  watched->target = std::make_shared<CheckQuestion>(CheckQuestion{std::move(target), 0});
  watched_[std::move(name)] = std::move(watched);
}

void Checker::forget(Watched& watched) {
  if (watched.has_moved) std::erase(moved_, &watched);
  if (!watched.check) {
    due_.erase(watched.place);
    return;
  }
  watched.check->cancel();
  looks_.erase(watched.place);
}

// The place in the tree is the same memory: nothing is allotted.
void Checker::move(Watched& watched, Times& from, Times& to, Clock::time_point when) {
  auto node = from.extract(watched.place);
  node.key() = when;
  watched.place = to.insert(std::move(node));
}

void Checker::await() {
  if (looking_) return;
  auto next = Clock::time_point::max();
  if (!due_.empty() && looks_.size() < most_) next = due_.begin()->first;
  if (!looks_.empty()) next = std::min(next, looks_.begin()->first);
  if (awaited_ <= next) return;
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
  looking_ = true;
  const auto now = Clock::now();
  while (!looks_.empty() && looks_.begin()->first <= now) look_at(*looks_.begin()->second, now);
  for (size_t asked = 1; !due_.empty() && due_.begin()->first <= now && looks_.size() < most_; ++asked) {
    begin(*due_.begin()->second);
    if (asked % kBetweenAnswers == 0) half_open_.hear();
  }
  half_open_.hear();
  looking_ = false;
  await();
}

// Its answer has not come yet; on a busy machine it may be there all the same.
void Checker::look_at(Watched& late, Clock::time_point now) {
  const auto check = late.check;
  check->catch_up();
  if (late.check != check) return;
  if (late.deadline <= now) {
    late.check->cancel();
    return note(late, {false, text_of_timeout(late.target->check.timeout)}, now);
  }
  late.until_again *= 2;
  move(late, looks_, looks_, std::min(late.deadline, now + late.until_again));
  late.check->ask_again();
}

// An answer to an earlier datagram must not be taken for one to this.
uint16_t Checker::port_for(Watched& watched) const {
  const bool is_udp = watched.target->check.type == CheckType::kUdp;
  return ports_.at(is_udp ? watched.turn++ % SourcePorts::kPorts : watched.turn);
}

void Checker::begin(Watched& watched) {
  const milliseconds timeout = watched.target->check.timeout;
  watched.target->source_port = port_for(watched);
  watched.check =
      make_check(io_, trust_, half_open_, watched.target, [this, at = &watched](CheckOutcome outcome) {
        note(*at, std::move(outcome), Clock::now());
        await();
      });
  watched.begun = Clock::now();
  watched.deadline = watched.begun + timeout;
  watched.until_again = watched.check->repeats() ? first_pause(timeout) : timeout;
  move(watched, due_, looks_, watched.begun + watched.until_again);
  watched.check->start();
}

void Checker::note(Watched& watched, CheckOutcome outcome, Clock::time_point now) {
  watched.check = nullptr;
  const bool changed = watched.judge.note(outcome.good);
  const auto time = std::chrono::duration_cast<microseconds>(now - watched.begun);
  if (outcome.good) note_latency(watched, time);
  const bool other_reason = watched.judge.state() == Health::kDown && outcome.reason != watched.reason;
  watched.reason = std::move(outcome.reason);
  const double jitter = std::uniform_real_distribution<>(0, 1)(chance_);
  const auto next =
      watched.begun + pause_before_next(watched.target->check, watched.judge.is_in_doubt(), jitter);
  move(watched, looks_, due_, std::max(next, now));
  if (!changed && !other_reason) return;
  news_.changes.push_back(
      {watched.target->name, watched.judge.state(), watched.reason, watched.latency.mean()});
  tell_soon();
}

void Checker::note_latency(Watched& watched, microseconds time) {
  watched.latency.note(time);
  if (watched.has_moved || !watched.latency.has_moved()) return;
  watched.has_moved = true;
  moved_.push_back(&watched);
}

void Checker::tell_soon() {
  if (news_.changes.size() > 1) return;   // the first one has set the timer
  telling_.expires_after(kTogether);
  telling_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    HealthNews news = std::exchange(news_, {});
    news.remark = std::exchange(remark_, {});
    tell_(std::move(news));
  });
}

void Checker::await_report() {
  report_.expires_after(kReport);
  report_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    if (++reports_ % kReportsOfTrust == 0) trust_.forget();
    HealthNews report;
    for (Watched* watched : std::exchange(moved_, {})) {
      watched->has_moved = false;
      report.latencies.emplace_back(watched->target->name, *watched->latency.mean());
    }
    if (!report.empty()) tell_(std::move(report));
    await_report();
  });
}

}   // namespace sluice
