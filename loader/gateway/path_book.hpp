// SPDX-License-Identifier: GPL-2.0-or-later
// The ways between this gateway and those at the other ends of its tunnels: what is to be looked for. Who
// looks is somebody else (reach/path_talk.hpp).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/document.hpp"
#include "model/reach_order.hpp"

namespace sluice {

inline constexpr size_t kMostPaths = 1'000;   // tunnels that are called are the first of them

class PathBook {
 public:
  // Of tunnels with one of these ports.
  std::vector<PathOrder> orders(const Document& document, const std::vector<PortOfOurs>& ports);

 private:
  // A key takes 50 us, and nothing of it changes: by our public key and the peer's.
  std::map<std::pair<WireguardKey, WireguardKey>, std::optional<PathKey>> keys_;
};

std::vector<PathRelay> path_relays(const Document& document);

}   // namespace sluice
