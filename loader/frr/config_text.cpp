// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/config_text.hpp"

#include "frr/router_protocol.hpp"

namespace sluice {

void ConfigText::begin(const Router& router) {
  text_ += "!";
  for (const IpAddress& address : listening_addresses(router))
    fmt::format_to(std::back_inserter(text_), " listens on {}", address.to_string());
  if (!router.vrf_device.empty()) fmt::format_to(std::back_inserter(text_), " in VRF {}", router.vrf_device);
  text_ += '\n';
  add("log syslog warnings");
}

void ConfigText::begin_list(Family family, const std::string& name) {
  add("{} prefix-list {} seq 1 deny {}", ip(family), name,
      family == Family::kIpv4 ? "255.255.255.255/32" : "::1/128");
}

}   // namespace sluice
