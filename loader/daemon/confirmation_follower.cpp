// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/confirmation_follower.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace sluice {
namespace {

using std::chrono::milliseconds;

// The timer's clock stands still while the machine sleeps, and that of the deadline does not.
constexpr milliseconds kAtMost{1000};
constexpr milliseconds kRetryBackFirst{1000}, kRetryBackLast{60'000};   // twice as long each time

}   // namespace

void ConfirmationFollower::look_again() {
  timer_.cancel();
  failing_.clear();
  retry_after_ = kRetryBackFirst;
  const auto waits = gateway_.confirmation();
  if (!waits) return tell_failure(waits.error());
  if (*waits) await(std::min(time_left((*waits)->deadline, read_clocks()), kAtMost));
}

void ConfirmationFollower::await(milliseconds pause) {
  timer_.expires_after(pause);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look();
  });
}

// The gateway tells the journal that it went back.
void ConfirmationFollower::look() {
  const auto back = gateway_.take_back_unconfirmed();
  if (!back) return tell_failure(back.error());
  if (*back) {
    for (const std::string& text : (*back)->degraded) spdlog::warn("{}", text);
    return after_apply_();
  }
  look_again();
}

void ConfirmationFollower::tell_failure(const Error& error) {
  if (error.message != failing_) spdlog::error("go back to what was in force: {}", error.message);
  failing_ = error.message;
  await(retry_after_);
  retry_after_ = std::min(2 * retry_after_, kRetryBackLast);
}

}   // namespace sluice
