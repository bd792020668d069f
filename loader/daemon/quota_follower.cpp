// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/quota_follower.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace sluice {
namespace {

// What passes between two looks is more than was allowed; what is counted between two is lost with the power.
constexpr std::chrono::seconds kLookAtQuotas{3};

}   // namespace

void QuotaFollower::look_again() {
  const auto& current = gateway_.current();
  if (!current || !current->document.relay) return stop();
  if (std::exchange(revision_, gateway_.revision()) != gateway_.revision()) look();
  if (!std::exchange(waits_, true)) await_look();
}

void QuotaFollower::stop() {
  waits_ = false;
  timer_.cancel();
}

void QuotaFollower::await_look() {
  timer_.expires_after(kLookAtQuotas);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || !waits_) return;
    look();
    await_look();
  });
}

void QuotaFollower::look() {
  const auto changed = count_relay_clients(gateway_);
  const std::string failing = changed ? "" : changed.error().message;
  if (!failing.empty() && failing != failing_)
    spdlog::error("count what clients of the relay use: {}", failing);
  failing_ = failing;
  if (changed.value_or(false)) changed_();
}

}   // namespace sluice
