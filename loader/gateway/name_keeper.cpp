// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/name_keeper.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/token_file.hpp"
#include "ddns/process.hpp"
#include "errand/lines.hpp"
#include "errand/process.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;

constexpr seconds kFirstPauseOfName{5}, kLongestPauseOfName{900};
// Others may change the records; an address that comes and goes is not told more often than this.
constexpr seconds kLookAgainAtName{900}, kBetweenChanges{10};
constexpr seconds kNameErrand{110};
constexpr size_t kLargestNameFile = size_t{1} << 20;
constexpr unsigned kFailuresUntilToldAgain = 3;

std::string words_of(const OutsideSpot& spot) {
  std::vector<std::string> words;
  for (const auto& address : {spot.ipv4, spot.ipv6})
    if (address) words.push_back(address->to_string());
  return join(words, " and ") + (spot.port ? fmt::format(", port {}", spot.port) : "");
}

}   // namespace

std::string_view to_string(NameState::Status status) {
  static constexpr std::array<std::string_view, 5> kNames = {"off", "no address", "pending", "current",
                                                             "failed"};
  return kNames[static_cast<size_t>(status)];
}

seconds pause_of_name(unsigned failures) {
  seconds pause = kFirstPauseOfName;
  for (unsigned i = 1; i < failures && pause < kLongestPauseOfName; ++i) pause *= 2;
  return std::min(pause, kLongestPauseOfName);
}

NameKeeper::NameKeeper(std::filesystem::path state, std::string instance)
    : state_(std::move(state)),
      instance_(std::move(instance)),
      worker_([this](const std::stop_token& stop) { return look_if_due(stop); }) {}

void NameKeeper::want(std::optional<FollowedSpot> wanted) {
  const std::lock_guard lock(mutex_);
  if (wanted == wanted_) return;
  if (!wanted || !wanted_ || wanted->dns != wanted_->dns) {
    told_.reset();
    told_at_.reset();
    server_.clear();
  }
  wanted_ = std::move(wanted);
  is_looked_at_ = false;
  failures_ = 0;
  error_.clear();
  if (wanted_)
    worker_.want();
  else
    worker_.ask();
}

void NameKeeper::refresh() {
  const std::lock_guard lock(mutex_);
  is_looked_at_ = false;
  looked_ = {};   // whatever failed before
  worker_.ask();
}

void NameKeeper::tell(std::function<void()> changed) {
  const std::lock_guard lock(mutex_);
  changed_ = std::move(changed);
}

std::vector<std::string> NameKeeper::troubles() const {
  const std::lock_guard lock(mutex_);
  if (!wanted_ || failures_ == 0) return {};
  return {fmt::format("{} does not lead here: {}", wanted_->dns.name, error_)};
}

NameState NameKeeper::state() const {
  const std::lock_guard lock(mutex_);
  using Status = NameState::Status;
  if (!wanted_) return {};
  const Status status = wanted_->spot.is_nowhere() ? Status::kNowhere
                        : failures_ > 0            ? Status::kFailed
                        : is_looked_at_            ? Status::kCurrent
                                                   : Status::kPending;
  return {status, wanted_->dns.name, server_, wanted_->spot, told_at_, error_};
}

std::optional<NameKeeper::Clock::time_point> NameKeeper::next() const {
  if (!wanted_ || wanted_->spot.is_nowhere()) return std::nullopt;
  if (failures_ > 0) return looked_ + pause_of_name(failures_);
  if (is_looked_at_) return looked_ + kLookAgainAtName;
  return changed_at_ == Clock::time_point{} ? Clock::time_point{} : changed_at_ + kBetweenChanges;
}

std::optional<NameKeeper::Clock::time_point> NameKeeper::look_if_due(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (const auto due = next(); due && *due <= Clock::now()) look(lock, stop);
  return next();
}

void NameKeeper::look(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  const FollowedSpot followed = *wanted_;
  const bool is_told = told_ == followed.spot;
  lock.unlock();
  const auto sent = send(followed, is_told, stop);
  lock.lock();
  if (stop.stop_requested()) return;
  looked_ = Clock::now();
  const auto outcome = sent ? *sent : DdnsOutcome{.error = sent.error().message};
  if (outcome.is_told) {
    told_ = followed.spot;
    told_at_ = std::chrono::system_clock::now();
    changed_at_ = looked_;
  }
  if (wanted_ == followed) note(followed, outcome);
}

void NameKeeper::note(const FollowedSpot& followed, const DdnsOutcome& outcome) {
  const bool was_well = failures_ == 0, was_looked_at = is_looked_at_;
  server_ = outcome.server;
  is_looked_at_ = true;
  failures_ = outcome.error.empty() ? 0 : failures_ + 1;
  if (failures_ >= kFailuresUntilToldAgain) told_.reset();
  if (outcome.error.empty() && (!was_well || !was_looked_at || outcome.is_told))
    spdlog::info("{} leads to {}", followed.dns.name, words_of(followed.spot));
  const bool is_other = outcome.error != error_;
  error_ = outcome.error;
  if (is_other && changed_) changed_();
}

Result<DdnsOrder> NameKeeper::order_of(const FollowedSpot& followed) const {
  const DynamicDns& dns = followed.dns;
  DdnsOrder order{.name = dns.name,
                  .ttl = static_cast<uint32_t>(dns.ttl.count()),
                  .spot = followed.spot,
                  .resolvers = followed.resolvers};
  if (dns.updates)
    order.updates =
        DnsAccess{dns.updates->server.address.to_string(), dns.updates->zone,
                  TRY(read_file(state_ / dns.updates->key_file, kLargestNameFile)), dns.updates->server.port};
  if (dns.provider) {
    order.provider = ProviderAccess{
        .url = dns.provider->url, .token = TRY(token_in(state_ / dns.provider->token_file)), .ca = ""};
    if (!dns.provider->ca_file.empty())
      order.provider->ca = TRY(read_file(state_ / dns.provider->ca_file, kLargestNameFile));
  }
  return order;
}

Result<DdnsOutcome> NameKeeper::send(const FollowedSpot& followed, bool is_told,
                                     const std::stop_token& stop) const {
  DdnsOrder order = TRY(order_of(followed));
  order.is_told = is_told;
  Helper helper = TRY(start_ddns_process(instance_));
  const EndedProcess ended(helper.child);
  Lines lines(helper.socket.get());
  TRY(lines.write(encode_ddns_order(order)));
  constexpr std::chrono::milliseconds kLookForEndOfKeeper{200};
  for (const auto end = Clock::now() + kNameErrand; Clock::now() < end;) {
    if (stop.stop_requested()) return fail("sluiced ends");
    if (const auto line = TRY(lines.find(Clock::now() + kLookForEndOfKeeper)))
      return decode_ddns_outcome(*line);
  }
  return fail("it takes too long");
}

}   // namespace sluice
