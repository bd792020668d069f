// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/link_settings.hpp"

// Before the kernel's own headers, which leave out what is there already.
#include <netinet/in.h>
// clang-format off
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
// clang-format on

#include <algorithm>
#include <cstring>

namespace sluice {
namespace {

struct SettingPlace {
  std::string_view family, name;
  size_t place;   // in the kernel's list of the family
};

// The IPv4 ones are numbered from 1.
constexpr SettingPlace kPlaces[] = {
    {"ipv4", "forwarding", IPV4_DEVCONF_FORWARDING - 1},
    {"ipv4", "accept_redirects", IPV4_DEVCONF_ACCEPT_REDIRECTS - 1},
    {"ipv4", "send_redirects", IPV4_DEVCONF_SEND_REDIRECTS - 1},
    {"ipv4", "rp_filter", IPV4_DEVCONF_RP_FILTER - 1},
    {"ipv4", "arp_ignore", IPV4_DEVCONF_ARP_IGNORE - 1},
    {"ipv4", "arp_announce", IPV4_DEVCONF_ARP_ANNOUNCE - 1},
    {"ipv4", "accept_local", IPV4_DEVCONF_ACCEPT_LOCAL - 1},
    {"ipv6", "forwarding", DEVCONF_FORWARDING},
    {"ipv6", "accept_ra", DEVCONF_ACCEPT_RA},
    {"ipv6", "accept_redirects", DEVCONF_ACCEPT_REDIRECTS},
    {"ipv6", "disable_ipv6", DEVCONF_DISABLE_IPV6},
};
constexpr std::string_view kConf = "/conf/", kFolder = "net/";

std::vector<int32_t> numbers_of(std::span<const uint8_t> bytes) {
  std::vector<int32_t> numbers(bytes.size() / sizeof(int32_t));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(int32_t));
  return numbers;
}

}   // namespace

void parse_link_settings(const Attributes& families, ObservedLink& link) {
  link.settings4 = numbers_of(families.nest(AF_INET).bytes(IFLA_INET_CONF));
  link.settings6 = numbers_of(families.nest(AF_INET6).bytes(IFLA_INET6_CONF));
}

std::optional<std::string> link_setting(const std::map<std::string, ObservedLink>& links,
                                        std::string_view path) {
  const size_t conf = path.find(kConf), last = path.rfind('/');
  if (!path.starts_with(kFolder) || conf == std::string_view::npos || last < conf + kConf.size())
    return std::nullopt;
  const std::string_view family = path.substr(kFolder.size(), conf - kFolder.size());
  const std::string_view name = path.substr(last + 1);
  const auto place = std::ranges::find_if(
      kPlaces, [&](const SettingPlace& one) { return one.family == family && one.name == name; });
  const auto link = links.find(std::string(path.substr(conf + kConf.size(), last - conf - kConf.size())));
  if (place == std::end(kPlaces) || link == links.end()) return std::nullopt;
  const auto& settings = family == "ipv4" ? link->second.settings4 : link->second.settings6;
  if (place->place >= settings.size()) return std::nullopt;
  return std::to_string(settings[place->place]);
}

}   // namespace sluice
