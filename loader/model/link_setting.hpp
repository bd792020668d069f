// SPDX-License-Identifier: GPL-2.0-or-later
// Settings of a device, of those that lie below /proc/sys/net/FAMILY/conf/DEVICE: the ones that sluice looks
// at.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

struct LinkSetting {
  std::string_view family, name;
  bool operator==(const LinkSetting&) const = default;
};

inline constexpr std::array kLinkSettings = {
    LinkSetting{"ipv4", "forwarding"},       LinkSetting{"ipv4", "accept_redirects"},
    LinkSetting{"ipv4", "send_redirects"},   LinkSetting{"ipv4", "rp_filter"},
    LinkSetting{"ipv4", "arp_ignore"},       LinkSetting{"ipv4", "arp_announce"},
    LinkSetting{"ipv4", "accept_local"},     LinkSetting{"ipv4", "promote_secondaries"},
    LinkSetting{"ipv6", "forwarding"},       LinkSetting{"ipv6", "accept_ra"},
    LinkSetting{"ipv6", "accept_redirects"}, LinkSetting{"ipv6", "disable_ipv6"},
};

// Its place in that list, and in LinkSettings; nullopt: it is none of them.
constexpr std::optional<size_t> place_of_setting(const LinkSetting& setting) {
  const auto at = std::ranges::find(kLinkSettings, setting);
  if (at == kLinkSettings.end()) return std::nullopt;
  return static_cast<size_t>(at - kLinkSettings.begin());
}

// Of one device; nullopt: not known.
using LinkSettings = std::array<std::optional<int32_t>, kLinkSettings.size()>;

}   // namespace sluice
