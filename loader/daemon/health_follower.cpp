// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/health_follower.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "health/process.hpp"
#include "health/wire.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {
// Backends that fail together, and what waits while rules are made of the ones before.
constexpr milliseconds kSettleBackends{20};
constexpr size_t kMostSigns = size_t{1} << 20;
constexpr std::chrono::seconds kLookAtTrust{60};   // a file of certificates may be another one

}   // namespace

HealthFollower::HealthFollower(asio::io_context& io, Gateway& gateway, std::function<void()> failed)
    : gateway_(gateway),
      failed_(std::move(failed)),
      link_(io, kLongestLine,
            {.start = [this] { return start_health_process(gateway_.paths().pins.filename().string()); },
             .next = [this] { return next(); },
             .heed = [this](const std::string& line) { return heed(line); },
             .forget = [this] { forget(); },
             .lost = [this](const std::string& why) { lose(why); },
             .again = [this] { ask_whom_it_names(); }}),
      trusting_(io),
      leading_(io),
      monitor_(io, gateway),
      sign_follower_(
          io, gateway, [this](const HealthSigns& signs) { pass_on(signs); }, [this] { lead_soon(); }) {}

void HealthFollower::look_again() {
  ask_whom_it_names();
  sign_follower_.look_again();
  monitor_.look();
}

// Only routes of VRFs change who is asked while the document stays.
void HealthFollower::ask_whom_it_names() {
  const auto& current = gateway_.current();
  const auto declared = current ? current->declared : nullptr;
  if (link_.runs() && declared == declared_ && !by_device_) return;
  auto targets = gateway_.health_targets();
  if (!targets) return spdlog::error("find out who is to be asked how it is: {}", targets.error().message);
  if (targets->empty()) return ask_nobody();
  const bool same = link_.runs() && std::ranges::equal(*targets, asked_, &HealthTarget::asks_as);
  const bool is_another = std::exchange(declared_, declared) != declared;
  by_device_ = std::ranges::any_of(*targets, [](const HealthTarget& one) { return !one.device.empty(); });
  if (!same) {
    asked_ = std::move(*targets);
    wanted_ = encode_targets(asked_);
  }
  if (!same || is_another) look_at_trust();   // changed routes change no file
  if (!same) link_.run();
}

void HealthFollower::look_at_trust() {
  const TrustFiles files = read_trust_files(asked_);
  wanted_trust_ = files.empty() ? "" : encode_trust(files);
  if (link_.runs()) link_.tell();
  trusting_.cancel();
  if (files.empty()) return;
  trusting_.expires_after(kLookAtTrust);
  trusting_.async_wait([this](const error_code& error) {
    if (!error) look_at_trust();
  });
}

void HealthFollower::stop() {
  sign_follower_.stop();
  leading_.cancel();
  ask_nobody();
}

void HealthFollower::ask_nobody() {
  trusting_.cancel();
  wanted_.clear();
  wanted_trust_.clear();
  asked_.clear();
  declared_ = nullptr;
  link_.end();
  gateway_.tell_trouble(Gateway::Trouble::kHealth, "");
}

void HealthFollower::lose(const std::string& why) {
  const std::string trouble = "backends are not asked how they are: " + why;
  if (gateway_.tell_trouble(Gateway::Trouble::kHealth, trouble)) spdlog::error("{}", trouble);
}

Result<> HealthFollower::heed(const std::string& line) {
  HealthNews news = TRY(decode_news(line));
  if (news.of_list != lists_) news.changes.clear();   // of one that was asked before, perhaps otherwise
  if (!news.remark.empty()) spdlog::warn("{}", news.remark);
  gateway_.tell_trouble(Gateway::Trouble::kHealth, "");
  if (gateway_.note_health(news)) lead_soon();
  return {};
}

void HealthFollower::lead_soon() {
  if (std::exchange(leads_soon_, true)) return;
  leading_.expires_after(kSettleBackends);
  leading_.async_wait([this](const error_code& error) {
    leads_soon_ = false;
    if (!error) lead();
  });
}

void HealthFollower::lead() {
  const auto steps = gateway_.lead_anew();
  if (!steps) {
    spdlog::error("lead services to other backends: {}", steps.error().message);
    return failed_();
  }
  for (const std::string& step : *steps) spdlog::info("backends changed: {}", step);
  monitor_.look();
}

// A process that does not read is told less: what goes on is seen again by the next look.
void HealthFollower::pass_on(const HealthSigns& signs) {
  if (!link_.runs() || signs_.size() > kMostSigns) return;
  signs_ += encode_signs(signs);
  link_.tell();
}

// Files come before the targets that are asked with them.
std::string HealthFollower::next() {
  if (wanted_trust_ != sent_trust_ && !wanted_trust_.empty()) return sent_trust_ = wanted_trust_;
  if (wanted_ == sent_) return std::exchange(signs_, {});
  ++lists_;
  return sent_ = wanted_;
}

void HealthFollower::forget() {
  lists_ = 0;
  sent_.clear();
  sent_trust_.clear();
  signs_.clear();
}

}   // namespace sluice
