// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/ebpf/bogons.hpp"

#include <algorithm>

namespace sluice {
namespace {

// What no packet may carry at all is refused everywhere (SL_DROP_BAD_ADDRESS).
constexpr const char* kBogons[] = {
    "10.0.0.0/8",        // RFC 1918
    "100.64.0.0/10",     // RFC 6598
    "169.254.0.0/16",    // RFC 3927
    "172.16.0.0/12",     // RFC 1918
    "192.0.0.0/24",      // RFC 6890
    "192.0.2.0/24",      // RFC 5737
    "192.168.0.0/16",    // RFC 1918
    "198.18.0.0/15",     // RFC 2544
    "198.51.100.0/24",   // RFC 5737
    "203.0.113.0/24",    // RFC 5737
    "::/3",              // RFC 4291: the internet is 2000::/3
    "2001:2::/48",       // RFC 5180
    "2001:10::/28",      // RFC 4843
    "2001:db8::/32",     // RFC 3849
    "3fff::/20",         // RFC 9637
    "4000::/2",          //
    "8000::/1",          // with unique local addresses, RFC 4193
};

std::vector<Prefix> without(const std::vector<Prefix>& all, const Prefix& hole) {
  std::vector<Prefix> left;
  for (const Prefix& one : all)
    for (const Prefix& part : difference(one, hole)) left.push_back(part);
  return left;
}

}   // namespace

std::vector<Prefix> bogons_of(const std::vector<PlannedLink>& links) {
  if (std::none_of(links.begin(), links.end(), [](const auto& link) { return link.wanted->drop_bogons; }))
    return {};
  std::vector<Prefix> bogons;
  for (const char* text : kBogons) bogons.push_back(*Prefix::parse(text));
  for (const PlannedLink& link : links)
    for (const InterfaceAddress& own : link.addresses)
      if (!own.address.is_link_local()) bogons = without(bogons, Prefix::of(own));
  return bogons;
}

}   // namespace sluice
