// SPDX-License-Identifier: GPL-2.0-or-later
// Which addresses are known to be open, so that an answer that is told again is not held back.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "dns/message.hpp"
#include "resolver/wire.hpp"

namespace sluice {

class OpenAddresses {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr size_t kMost = 65'536;

  // Nothing is known any more: policies may be others.
  void forget(std::chrono::seconds grace);

  // The look-up that has to go first. Nothing: all its addresses are open for as long as they live, and half
  // of the grace.
  std::optional<LookUp> missing(const std::string& zone, const std::optional<IpAddress>& client,
                                const std::string& name, const std::vector<dns::FoundAddress>& addresses,
                                std::chrono::seconds age, Clock::time_point now) const;
  void note(const LookUp& look_up, Clock::time_point now);

 private:
  // Each name opens for itself: what one policy means by a name another may not.
  using Key = std::tuple<std::string, std::optional<IpAddress>, std::string,
                         IpAddress>;   // zone, client, name, address
  std::chrono::seconds grace_{};
  std::map<Key, Clock::time_point> until_;
};

}   // namespace sluice
