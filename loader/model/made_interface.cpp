// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/made_interface.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace sluice {

std::vector<IpAddress> peers_of(const Vxlan& vxlan) {
  std::vector<IpAddress> peers = vxlan.remotes;
  for (const VxlanEntry& entry : vxlan.entries)
    if (std::find(peers.begin(), peers.end(), entry.remote) == peers.end()) peers.push_back(entry.remote);
  return peers;
}

std::string to_string(const MacAddress& mac) { return fmt::format("{:02x}", fmt::join(mac, ":")); }

// Two hexadecimal digits each, with colons between.
std::optional<MacAddress> parse_mac(std::string_view text) {
  MacAddress mac;
  if (text.size() != mac.size() * 3 - 1) return std::nullopt;
  for (size_t i = 0; i < mac.size(); ++i) {
    const char* at = text.data() + i * 3;
    const auto [stop, error] = std::from_chars(at, at + 2, mac[i], 16);
    if (error != std::errc() || stop != at + 2 || (i + 1 < mac.size() && at[2] != ':')) return std::nullopt;
  }
  return mac;
}

}   // namespace sluice
