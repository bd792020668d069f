// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/next_hop_follower.hpp"

#include <spdlog/spdlog.h>

namespace sluice {
namespace {

constexpr std::chrono::seconds kLooksAtNextHops{10};

}   // namespace

void NextHopFollower::look_again() {
  if (gateway_.current()) timer_.await(kLooksAtNextHops, [this] { look(); });
}

void NextHopFollower::look() {
  const auto done = gateway_.engine().confirm_next_hops();
  const std::string failing = done ? "" : done.error().message;
  if (!failing.empty() && failing != failing_) spdlog::error("confirm next hops: {}", failing);
  failing_ = failing;
  look_again();
}

}   // namespace sluice
