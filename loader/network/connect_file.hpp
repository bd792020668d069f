// SPDX-License-Identifier: GPL-2.0-or-later
// What `sluice connect` takes on a laptop: a tunnel, and by which ways its other end may be looked for. JSON:
//
//   { "version": 1, "name": "home", "tunnel": "[Interface]...", "relays": ["203.0.113.1:42000"],
//     "stun": ["stun.example.org:3478"] }
//
// `name` is the device's. `tunnel` is for wg-quick(8), and may hold keys: the file belongs to the laptop's
// user alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/reachability.hpp"

namespace sluice {

struct ConnectFile {
  std::string name, tunnel;
  std::vector<Endpoint> relays;   // that lead to the other end, besides the one that the tunnel calls
  std::vector<StunServer> stun;
};

inline constexpr size_t kMostConnectFileBytes = 64 * 1024;

std::string write_connect_file(const ConnectFile& file);
// Failure: kInvalidDocument. A tunnel that would run programs is refused: wg-quick would run them as root.
Result<ConnectFile> parse_connect_file(std::string_view text);

}   // namespace sluice
