// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/link_settings.hpp"

// Before the kernel's own headers, which leave out what is there already.
#include <netinet/in.h>
// clang-format off
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
// clang-format on

#include <cstring>

namespace sluice {
namespace {

// Of each setting in the kernel's list of its family; the IPv4 ones are numbered from 1.
constexpr std::array<size_t, kLinkSettings.size()> kNumbers = {
    IPV4_DEVCONF_FORWARDING - 1,
    IPV4_DEVCONF_ACCEPT_REDIRECTS - 1,
    IPV4_DEVCONF_SEND_REDIRECTS - 1,
    IPV4_DEVCONF_RP_FILTER - 1,
    IPV4_DEVCONF_ARP_IGNORE - 1,
    IPV4_DEVCONF_ARP_ANNOUNCE - 1,
    IPV4_DEVCONF_ACCEPT_LOCAL - 1,
    IPV4_DEVCONF_PROMOTE_SECONDARIES - 1,
    DEVCONF_FORWARDING,
    DEVCONF_ACCEPT_RA,
    DEVCONF_ACCEPT_REDIRECTS,
    DEVCONF_DISABLE_IPV6,
};

std::optional<int32_t> number_at(std::span<const uint8_t> list, size_t number) {
  int32_t value = 0;
  if ((number + 1) * sizeof(value) > list.size()) return std::nullopt;
  std::memcpy(&value, list.data() + number * sizeof(value), sizeof(value));
  return value;
}

}   // namespace

LinkSettings parse_link_settings(const Attributes& families) {
  const auto ipv4 = families.nest(AF_INET).bytes(IFLA_INET_CONF);
  const auto ipv6 = families.nest(AF_INET6).bytes(IFLA_INET6_CONF);
  LinkSettings settings;
  for (size_t place = 0; place < settings.size(); ++place)
    settings[place] = number_at(kLinkSettings[place].family == "ipv4" ? ipv4 : ipv6, kNumbers[place]);
  return settings;
}

}   // namespace sluice
