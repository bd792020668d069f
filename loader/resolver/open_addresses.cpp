// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver/open_addresses.hpp"

#include <algorithm>

namespace sluice {

void OpenAddresses::forget(std::chrono::seconds grace) {
  grace_ = grace;
  until_.clear();
}

std::optional<LookUp> OpenAddresses::missing(const std::string& zone, const std::optional<IpAddress>& client,
                                             const std::string& name,
                                             const std::vector<dns::FoundAddress>& addresses,
                                             std::chrono::seconds age, Clock::time_point now) const {
  LookUp look_up{.zone = zone, .name = name, .addresses = {}, .client = client};
  bool all_open = true;
  for (const auto& [address, lives] : addresses) {
    const auto left = std::max(lives - age, std::chrono::seconds(0));
    const auto at = until_.find({zone, client, name, address});
    all_open &= at != until_.end() && at->second >= now + left + grace_ / 2;
    look_up.addresses.emplace_back(address, left);
  }
  return all_open ? std::nullopt : std::optional(std::move(look_up));
}

void OpenAddresses::note(const LookUp& look_up, Clock::time_point now) {
  if (until_.size() + look_up.addresses.size() > kMost) until_.clear();
  for (const auto& [address, lives] : look_up.addresses) {
    auto& until = until_[{look_up.zone, look_up.client, look_up.name, address}];
    until = std::max(until, now + lives + grace_);
  }
}

}   // namespace sluice
